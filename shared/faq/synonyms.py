"""Synonyms and opposites in four languages. Data, in the form of `shared.text.phrases.folded`."""

_ALIKE = """
howmuch cost price fee charge
cuanto costo precio cuesta costar cuestan tarifa
combien prix tarif cout coute coutent
quanto preco custo custa custam valor tarifa
deliver delivery ship shipping shipment
entrega entregar envio enviar entregan envian
livraison livrer expedition expedier livrez
entrega entregar envio enviar frete
address location located
direccion ubicacion ubicados
endereco localizacao
booking reservation
reserva reservacion
bill invoice
facture note
fatura boleto conta
luggage baggage bag suitcase
equipaje maleta
parcel package order
pedido orden compra
pedido encomenda compra
restart reboot reset
cancel terminate
annuler resilier
cancelar anular
photo picture image
colour color
fibre fiber
centre center
tv television
phone call telephone
telefono celular llamar
buy purchase
modem router
password code
contrasena clave
senha codigo
alberca piscina
coche carro auto
habitacion cuarto
estacionamiento aparcamiento parqueadero
pay payment
pagar pago
payer paiement
pagar pagamento
cambiar cambio modificar
change modify
changer modifier
trocar troca mudar
devolver devolucion
devolver devolucao
retourner retour renvoyer
refund reimbursement
reembolso devolucion
remboursement rembourser
open opening
abierto abrir abren apertura
ouvert ouvrir ouverture ouvrez
aberto abrir abertura abrem
extra additional
adicional extra
slow slowly
fast faster quick quickly
abroad overseas international internationally
extranjero internacional
etranger international
exterior internacional
bulk wholesale
discount rebate
descuento rebaja
remise reduction rabais
desconto abatimento
arrive reach
receive obtain
update edit change modify
enable activate
remove delete erase
begin start
pick choose select
child kid children
wrong incorrect
repair fix mend
late delay delayed
lend loan
vacancy job jobs
film movie
cheap cheaper affordable
taxi cab
allow permit allowed permitted
damage damaged broken
steal stolen theft
happen occur
forgot forgotten forget
documents papers
llegar llega recibir recibo
reparar arreglar
borrar eliminar
empezar comenzar
elegir escoger
nino ninos hijo hijos
barato economico
perdido perder perdi
roubado roubar
chegar chega receber
consertar reparar arrumar
apagar excluir
comecar iniciar
crianca criancas filho filhos
arriver arrive recevoir recu
reparer reparation
supprimer effacer
commencer debuter
choisir selectionner
enfant enfants
perdu perdre
vole voler
declined rejected refused denied
failed fail failure unsuccessful
salary wage wages paycheck paycheque
track locate
atm cashpoint
cell mobile cellphone smartphone
shop store
item product article
problem issue trouble
work function operate
customer client
car vehicle
clothes clothing garment
shoes footwear
trousers pants
fridge refrigerator
flat apartment
lift elevator
petrol gas gasoline fuel
queue line
rubbish trash garbage
mail post posted
message text sms
sick ill unwell
timetable schedule
restaurant eatery
luggage suitcase
payee beneficiary recipient
login log
register signup registration
subscription plan
membership member
student students pupil
disabled disability wheelchair
guide instructions manual
sample swatch samples swatches
quick fast quickly rapidly
expensive costly pricey
trip travel journey
fees charges
apply application
quote estimate
entry entrance admission
tienda negocio local
producto articulo
problema averia fallo
movil celular
ordenador computadora
piso apartamento
ascensor elevador
zapatos calzado
gafas lentes
cerrar cierran cierra cierre cerrado
devolver devuelvo devuelven
cita turno
recoger retirar
gratis gratuito
loja estabelecimento
produto artigo item
problema defeito
celular telemovel
geladeira frigorifico
onibus autocarro
fechar fecham fecha fechamento
gratis gratuito
buscar retirar
magasin boutique
produit article
voiture auto
appartement logement
colis paquet
commande achat
fermer ferme fermez fermeture
gratuit gratuitement
panne probleme
identity id identification
verify verification confirm
maximum max most highest
minimum min least lowest smallest
limit limits restriction restrictions
money funds
transaction transactions payment
unauthorized unauthorised fraudulent
recognise recognize unknown
freeze block lock
link connect
add put
move relocate
info information details
require required necessary mandatory
reverse reversed revert reverted undo
expire expires expiry expiration
near nearest nearby closest
suggest recommend suggestion recommendation
vacation holiday pto
earn income salary
switch swap exchange
calendar schedule agenda
directions route
luggage bags
reply answer respond
stain stains spot
real genuine original authentic
area areas zone zones region
quality grade
material fabric cloth
promo promotion offer offers sale
coupon code voucher
catalog catalogue brochure
website site webpage
pickup collect collection
complain complaint
employee staff
start begin launch
finish end
speak talk chat
ask enquire inquire
price prices cost
open opened
lose misplace misplaced missing disappear disappeared vanished
compromise compromised hack hacked
pending processing outstanding
suspend suspended freeze disable disabled
amount total sum
foreign overseas abroad international
spend spending expense expenses
volume loud louder quieter
song track tune
meaning mean definition define
human person agent representative operator adviser advisor
gift present
torn tear rip ripped
big bigger large larger
small smaller tiny
instalment instalments installment installments
stock available availability
custom customise customize bespoke personalise personalize engrave
approve approved accept accepted
flight plane airplane
doctor physician
euro euros eur
dollar dollars usd
pound pounds gbp
passcode password
topup recharge reload
score rating
country nation
repeat again
rechazado rechazada denegado denegada
recusado recusada negado negada
refuse rejete
salario sueldo nomina
salario ordenado
salaire paie
identidad identificacion
conectar vincular
limite maximo
factura recibo
telefone celular ligar
telephone portable mobile
width wide
height high tall
length long
size dimension
guarantee warranty
garantia
broken damaged defective
roto danado
casse abime
quebrado danificado
"""
SYNONYMS: tuple[tuple[str, ...], ...] = tuple(tuple(line.split()) for line in _ALIKE.split("\n") if line)
"""Words that may stand for each other in a question; each line in one language."""

_OPPOSITES = """
on off
in out
up down
to from
before after
over under
inside outside
today tomorrow yesterday
tonight tomorrow
give take
come go
lose find
buy sell
start stop
with without
con sin
avec sans
com sem
comprar vender
acheter vendre
perder encontrar
perdre trouver
send receive
open close
open closed
hoy manana ayer
antes despues
desde hasta
dentro fuera
arriba abajo
dar recibir
abrir cerrar
aujourd demain hier
avant apres
dedans dehors
sur sous
donner recevoir
ouvrir fermer
hoje amanha ontem
antes depois
desde ate
dentro fora
acima abaixo
dar receber
abrir fechar
"""


def _contrasts() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in _OPPOSITES.split("\n"):
        words = line.split()
        for word in words:
            found.setdefault(word, set()).update(other for other in words if other != word)
    return {word: tuple(sorted(others)) for word, others in found.items()}


OPPOSITES = _contrasts()
"""Words that are no synonyms although they carry little: what is true of one is not true of the others."""
