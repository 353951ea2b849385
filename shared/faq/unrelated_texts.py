"""Texts that hardly any FAQ answers, in four languages: negative examples for `calibration`. Data.

Far from any business (news, homework, small talk) and close to one (what customers write around a purchase: names,
excuses, asides). Written for this project. A text that a workspace does answer is left out for it: see `calibration`.
"""

_ENGLISH = """
how many planets are there
what is the longest river in africa
who painted the mona lisa
can you help me with my homework
how do I solve a quadratic equation
what is the weather like tomorrow
will it snow this week
tell me something funny
sing a song for me
what did the president say yesterday
who will win the election
how old is the universe
what is your favourite food
are you married
do you sleep at night
how do I bake a chocolate cake
what is the best way to lose weight
my stomach hurts, what should I take
how do I stop a nosebleed
which vitamins should I take in winter
can you book a flight to New York for me
what time is it in Sydney
how long is the drive to Paris
what is the best film of the year
who sings this song
when does the football match start
how do I teach my dog to sit
is it normal that my cat sneezes
how do I repair a bicycle tyre
what does this error on my computer mean
how do I install windows on a laptop
can I get a virus from an email
how do I learn Spanish quickly
translate good night into Italian
what is the meaning of that word
how do you spell rhythm
can you write a poem about the sea
how do I write a letter of application
what is the minimum wage here
how do I get a driving licence
where do I renew my passport
which school is best for my son
what should I name my baby
I broke up with my girlfriend
do you believe in ghosts
what happened on the news today
how do I invest in gold
should I buy shares now
who are you and where did you get my number
please stop calling my wife
I am Daniel's brother
my name is spelled with two n
I will come with my sister at four
the driver is at the gate
nobody answers the bell
I am on my way now
I am stuck in traffic, wait for me
let me ask my husband first
I will think about it and come back
I already sent you the picture
did you see the photo
this is the third time that I write
you told me something else yesterday
I spoke with a colleague of yours
the lady at the desk was very kind
can I speak with the owner
is Peter working today
who was on duty last night
do you know a good dentist
can you lend me some money
are you on TikTok
do you sponsor football clubs
would you like to advertise in our magazine
we sell printers and would like to make you an offer
I am a student and write a paper about your company
how many people work for you
who founded your company
what is your turnover
do you believe in recycling
can my band play at your place
is there a playground for children
do you have a piano
where did you buy those chairs
what is the name of the music that you play
is the lift repaired by now
I forgot my umbrella
did somebody find a ring
there is a strange smell
someone parked in front of the door
the light in the hall does not work
why did the price go up since last year
I saw it cheaper somewhere else
my friend got a better offer
what would you buy in my place
which one do you like best
is that the same as the one on television
what is the difference between the two
does it smell
is it heavy to carry
can a child use it alone
will it fit into a small car
does it make noise
can I lend it to a friend
what happens when it gets wet
was it made by hand
which country does it come from
how many of them did you sell
is it true what they write about you
do I need to bring anything
what should I wear
may I bring two friends
what if I am late
what happens if I do nothing
can somebody else sign for me
do I have to be there myself
can you do it without my knowing
what did I say last time
which number do you have of me
I wrote the wrong name
please use my other address
I have two of them by mistake
it was working until yesterday
now the screen is black
it makes a clicking sound
the button fell off
it does not look like the picture
ok I understand
see you later
that is all for now
very good
I am not happy at all
never again
"""

_SPANISH = """
que tiempo hace manana
cual es el rio mas largo del mundo
quien gano el partido ayer
cuentame un chiste
me ayudas con la tarea de matematicas
como se hace una tortilla de patatas
que puedo tomar para el dolor de cabeza
cuantos anos tienes
estas casado
que hora es en Tokio
como aprendo ingles rapido
traduce buenas noches al frances
donde renuevo mi pasaporte
como saco la licencia de conducir
que pelicula me recomiendas
quien canta esta cancion
como arreglo mi bicicleta
mi perro no quiere comer
cuanto gana un medico
deberia comprar acciones
quien eres y de donde sacaste mi numero
soy el hermano de Daniel
ya voy en camino
estoy en la puerta y nadie abre
dejame preguntar a mi esposo
lo voy a pensar
ya te mande la foto
viste la imagen
ayer me dijeron otra cosa
hable con una companera tuya
puedo hablar con el dueno
hoy trabaja Pedro
me puedes prestar dinero
cuantas personas trabajan ahi
quien fundo la empresa
patrocinan equipos de futbol
queremos ofrecerles nuestros productos
tienen un piano
olvide mi paraguas
alguien encontro un anillo
por que subio el precio
lo vi mas barato en otro lado
cual te gusta mas
que diferencia hay entre los dos
pesa mucho
hace ruido
de que pais viene
lo hicieron a mano
que me pongo
puedo llevar a dos amigos
que pasa si llego tarde
mi nombre se escribe con z
tengo dos por error
ayer funcionaba
la pantalla esta negra
no se parece a la foto
entendido
hasta luego
eso es todo
nunca mas
"""

_PORTUGUESE = """
como vai estar o tempo amanha
qual e o maior rio do mundo
quem ganhou o jogo ontem
me conta uma piada
me ajuda com a licao de casa
como se faz um bolo de chocolate
o que tomo para dor de cabeca
quantos anos voce tem
voce e casado
que horas sao em Toquio
como aprendo ingles rapido
traduza boa noite para o italiano
onde renovo meu passaporte
como tiro a carteira de motorista
que filme voce recomenda
quem canta essa musica
como conserto a bicicleta
meu cachorro nao quer comer
quanto ganha um medico
devo comprar acoes
quem e voce e onde achou meu numero
sou o irmao do Daniel
ja estou a caminho
estou no portao e ninguem atende
deixa eu perguntar ao meu marido
vou pensar e volto
ja mandei a foto
viu a imagem
ontem me disseram outra coisa
falei com uma colega sua
posso falar com o dono
o Pedro trabalha hoje
me empresta dinheiro
quantas pessoas trabalham ai
quem fundou a empresa
voces patrocinam times de futebol
queremos oferecer nossos produtos
voces tem um piano
esqueci meu guarda chuva
alguem achou um anel
por que o preco subiu
vi mais barato em outro lugar
qual voce gosta mais
qual a diferenca entre os dois
e muito pesado
faz barulho
de que pais vem
foi feito a mao
o que eu visto
posso levar dois amigos
e se eu chegar atrasado
meu nome se escreve com z
tenho dois por engano
ontem funcionava
a tela esta preta
nao parece com a foto
entendi
ate logo
e so isso
nunca mais
"""

_FRENCH = """
quel temps fera t il demain
quel est le plus long fleuve du monde
qui a gagne le match hier
raconte moi une blague
tu peux m aider avec mes devoirs
comment fait on un gateau au chocolat
que prendre contre le mal de tete
quel age as tu
es tu marie
quelle heure est il a Tokyo
comment apprendre l anglais rapidement
traduis bonne nuit en italien
ou renouveler mon passeport
comment passer le permis de conduire
quel film me conseilles tu
qui chante cette chanson
comment reparer mon velo
mon chien ne veut pas manger
combien gagne un medecin
faut il acheter des actions
qui etes vous et d ou avez vous mon numero
je suis le frere de Daniel
je suis en route
je suis devant la porte et personne n ouvre
je demande d abord a mon mari
je vais y reflechir
j ai deja envoye la photo
vous avez vu l image
hier on m a dit autre chose
j ai parle avec votre collegue
puis je parler au patron
est ce que Pierre travaille aujourd hui
pouvez vous me preter de l argent
combien de personnes travaillent chez vous
qui a fonde l entreprise
sponsorisez vous des clubs de football
nous voulons vous proposer nos produits
avez vous un piano
j ai oublie mon parapluie
quelqu un a trouve une bague
pourquoi le prix a t il augmente
je l ai vu moins cher ailleurs
lequel preferez vous
quelle est la difference entre les deux
est ce que c est lourd
est ce que ca fait du bruit
de quel pays ca vient
est ce fait a la main
comment dois je m habiller
puis je venir avec deux amis
que se passe t il si je suis en retard
mon nom s ecrit avec deux n
j en ai deux par erreur
hier ca marchait
l ecran est noir
ca ne ressemble pas a la photo
j ai compris
a plus tard
c est tout
plus jamais
"""

UNRELATED_TEXTS: tuple[str, ...] = tuple(
    line for texts in (_ENGLISH, _SPANISH, _PORTUGUESE, _FRENCH) for line in texts.split("\n") if line
)
"""About 300 texts."""
