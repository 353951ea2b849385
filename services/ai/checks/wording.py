"""Words and phrases that the checks look for, in the languages of most customers. Data."""

from services.ai.checks.plain_text import plain
from shared.text.phrases import folded


def _read(word: str) -> str:
    """Return a word in the form of the texts that are checked: without accents and vowel signs."""
    return folded(plain(word))


def _set(words: str) -> frozenset[str]:
    return frozenset(map(_read, words.split()))


_ABBREVIATIONS_TEXT = """
rs re no nr st dr mr mrs ms vs approx incl excl ca tel ksh kshs sh shs dhs dh fr frs inkl bzw evtl art ref
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
"""A full stop after these does not end a sentence."""

NEGATIONS = _set(
    """
    no not never none cannot cant dont doesnt didnt isnt arent wasnt wont wouldnt couldnt havent hasnt unable
    neither nor aint kein keine keinen keinem keiner nicht nie ne pas aucun aucune jamais ningun ninguna nunca
    jamas tampoco nao nem nenhum nenhuma hakuna hapana nahi nahin नहीं नही لا ليس بدون لن لم غير yok degil nie
    bez tidak bukan
    """
)
_IDIOMS = """
no more than / not more than / never more than / no less than / nothing but / not only / not just / no problem
no worries / no doubt / no need / no matter / no wonder / cant miss / dont miss / dont forget / dont worry / why not
cant believe / cant wait / cant go wrong / not to mention / no strings attached / no catch / no joke / no kidding
no cost / no charge / without paying / no extra
sans probleme / pas de probleme / sin problema / sem problema / kein problem / ne que / nicht nur / pas seulement
no solo / nao so
"""
IDIOMS = frozenset(idiom.strip() for line in _IDIOMS.strip().splitlines() for idiom in line.split("/"))
"""Phrases that contain a negation and deny nothing."""

LITTLE = _set(
    """
    the and for are you your our with this that from only just now today costs cost price each per piece pieces
    can get will one two three have has its about more than all also both they them then there here when what
    how much any some please yes was were been not but out off free charge pay total order orders customers
    customer der die das den dem ein eine einen und für mit von ist sind kostet kosten nur heute preis pro stück
    auch bei auf les des une est sont avec pour par prix coûte coute seulement vous nous dans que qui los las
    until till before after within hour hours hasta antes dentro jusqu avant bis ate
    una por para con precio cuesta solo son uma com custa preço preco por para seu sua são
    """
)
"""Words that do not carry the topic of a sentence."""

CONCEPTS: dict[str, str] = {
    stem: name
    for name, words in {
        "delivery": """delivery deliver shipping ship postage courier lieferung liefern versand livraison livrer envio
            entrega envío frete despacho توصيل التوصيل الشحن شحن डिलीवरी शिपिंग डिलिवरी
            pengiriman ongkir kargo usafirishaji""",
        "collection": "collection pickup abholung retrait recogida retirada",
        "return": """return refund exchange rückgabe umtausch retour échange remboursement devolución cambio
            troca devolução""",
        "sample": "sample tester muster échantillon muestra amostra",
        "installation": "installation install einbau montage instalación instalação",
        "repair": "repair reparatur réparation reparación conserto",
        "gift": "gift present geschenk cadeau regalo presente brinde",
        "deposit": "deposit anzahlung acompte anticipo entrada sinal",
        "advice": "advice consultation beratung conseil consulta asesoría",
    }.items()
    for word in words.split()
    for stem in (_read(word), _read(word).removesuffix("s"))
}
"""The concept of each word, in several languages."""

DISCOUNT = _set(
    """
    off discount discounts discounted cheaper rebate reduction reduced less save saving savings sale promo
    promotion coupon voucher code rabatt rabatte nachlass ermassigung sparen reduziert remise reduction rabais
    solde soldes promotion descuento descuentos rebaja rebajas ahorra ahorras oferta desconto descontos promocao
    economize خصم الخصم تخفيض छूट डिस्काउंट indirim diskon punguzo скидка korting sconto znizka
    """
)
WEIGHT = _set(
    """
    weigh weighs weight weighing heavy bag bags lb lbs kg grams ounces flour sugar rice fat lose lost gain meat load
    """
)
PRICED = _set(
    """
    cost costs price prices priced pay paid pays only just worth fee total refund charge each per sell sells
    selling buy discount cheaper kostet preis coute prix cuesta precio custa preco
    """
)
TOTALS = _set(
    """
    total totals together altogether all sum both comes come makes make including included incl inclusive plus
    with so subtotal overall combined zusammen insgesamt gesamt mit macht inkl inklusive somit ensemble tout
    avec font fait soit donc compris total junto juntos todo con incluido seria tudo com fica sai incluindo
    totaliza mais المجموع الإجمالي مع कुल मिलाकर jumla toplam
    """
)
DIFFERENCES = _set(
    """
    more less cheaper dearer difference save saves saving saved extra left remaining remains balance change back
    owe rest additional mehr weniger gunstiger teurer unterschied sparen ubrig restbetrag noch plus moins
    difference reste economie mas menos ahorra ahorras diferencia resto mais diferenca economiza restante
    outstanding open
    """
)
RATED = DISCOUNT | _set(
    """
    vat gst tax taxes iva tva mwst deposit anzahlung acompte sinal student students pix cash wholesale half halber
    mitad metade moitie
    """
)
"""Near these, an amount may be another one changed by a percentage of the business."""
PARTS = _set(
    """
    split instalment instalments installment installments monthly month week parts parcela parcelas x vezes
    cuota cuotas mensual rate raten monatlich fois mensualites mensuel half halves
    """
)
EVERYTHING = _set("all every any everything everyone always alle jede jeder immer toutes tous todos todas toda كل सभी")
BUDGET = _set("budget presupuesto orcamento bajeti butce बजट الميزانية ميزانية")

CALLING = _set(
    """
    call calls phone phones telephone tel dial ring sms text whatsapp whats app mobile cell hotline helpline
    line reach contact viber telegram signal anrufen telefon telefonnummer handy rufen ruf nummer hotline
    appelez appeler telephone joindre numero llama llame llamanos telefono celular movil ligue ligar telefone
    fone celular numero piga simu اتصل هاتف رقم واتساب الاتصال कॉल फोन नंबर संपर्क hubungi telepon ara arayin
    telefon звоните zap zapzap wpp whats imessage
    """
)
ACCOUNTS = _set(
    """
    account acct acc iban bank transfer deposit paybill till mpesa pesa momo wave upi pix chave cuenta conta
    compte konto kontonummer uberweisung routing sort ifsc swift bic clabe cvu alias wallet usdt bitcoin btc
    crypto paypal cashapp venmo zelle gcash bkash nagad jazzcash easypaisa airtel orange opay palmpay wire حساب
    الحساب آيبان खाता
    """
)
IDENTIFIERS = _set(
    """
    order orders parcel tracking track shipment invoice receipt reference ref booking ticket number sku code
    waybill awb consignment serial model isbn barcode imei batch case bestellung sendung rechnung commande colis
    facture suivi pedido guia factura rastreo codigo rastreio nota طلب الطلب ऑर्डर agizo siparis reviews
    """
)
NUMBERED = _set(
    """
    article articles art articulo artigo artikel artikelnummer item ean upc gtin isbn issn barcode part parte pieza
    peca piece teil teilenummer repuesto serial serie seriennummer lot lote batch chargennummer sku imei model
    modelo modele modell report informe relatorio rapport bericht prescription receta policy poliza apolice member
    membership vin chassis chasis catalogue catalog
    """
)
"""Names of things whose number, right behind the name, is no contact."""
LABELS = _set(
    """
    number numbers no nr num nro numero numeros nummer n id code codigo is es e est ist sera de du da do la le el o
    the your s su seu sua votre
    """
)
"""Words that may stand between a name and its number."""
SIZES = _set("size sizes groesse grossen grosse taille tailles pointure talla tallas tamanho tamanhos")
MEASURED = SIZES | _set(
    """
    rating ratings rated rate score scored scores stars star reviews review ratio version release edition model
    weight weighs length width height depth diameter radius temperature ph degrees dioptre diopter sphere cylinder
    chapter section article number nr grade gpa average bewertung sterne nota note calificacion avaliacao breite
    hohe lange gewicht peso largo ancho poids longueur largeur page
    """
)
"""A number with two decimals in a sentence with one of these may be no money."""
PORTUGUESE = _set("desconto frete pix voce ha preco gratis reais loja boleto cartao compra pedido tem ganha voces nao")
"""Words of sentences in which `no` means `in the`."""

HALVES = (
    r"\bhalf[ -](?:the |of the )?(?:price|off|cost)|\bprice is halved|\bbogo\b",
    r"\bbuy (?:one|1|two|2),? (?:and )?get\b",
    r"\b(?:two|2|three|3) for (?:the price of )?(?:one|1|two|2)\b|\b(?:2x1|3x2)\b",
    r"\bmitad de(?:l)? precio|\bmoiti[ée] prix|\bmetade do pre[çc]o|\bhalben? preis|\bnusu bei",
    r"نصف السعر|आधे दाम|आधी कीमत",
)
"""Regular expressions: half a price, or one more piece for the same price."""

_MAY = (
    "ask|answer|be|book|bring|browse|buy|call|chat|check|choose|click|come|compare|contact|decide|do|drop|email"
    "|enquire|"
    "explore|follow|get|give|go|have|help|join|keep|know|leave|let|look|make|mention|message|move|order|pass|pay|pick|"
    "place|reach|read|refer|reply|request|say|schedule|see|select|send|share|shop|speak|start|stop|take|talk|tell|text|"
    "try|use|view|visit|wait|walk|write"
)
"""Behind `free to`: somebody may do it. A place, an address or another verb says that it costs nothing."""

FREE = (
    # English. `free` alone has many meanings: a person or a table may be, and one may feel so.
    rf"(?<!feel )(?<!at \d is )(?<!at \d\d is )(?<!at \d[.:]\d\d is )(?<!at \d\d[.:]\d\d is )(?<![\w-])free(?![\w-])"
    rf"(?! (?:to (?:{_MAY})\b|from|until|till|between|at \d|on |time\b|range|tomorrow"
    r"|tonight|slots?\b|tables?\b|seats?\b|spots?\b|appointments?\b|of (?!charge|cost)))",
    r"\bat no (?:extra |additional )?(?:cost|charge)|\bno (?:extra |additional )?charge\b|\bcosts? (?:you )?nothing",
    r"\bwithout (?:paying|payment|charge)|\bon the house\b|\bon us\b|\bcomplimentary\b|\bwaive[sd]?\b|\bgiveaway",
    r"\b(?:full|complete) refund|\brefund (?:you )?in full|\bmoney back|\bgiv(?:e|ing) (?:it |you )?away",
    r"\bfor nothing\b|\b(?:pay|charge(?: you)?|cost(?: you)?) (?:absolutely )?(?:anything|nothing)",
    # French, Spanish, Portuguese, German
    r"(?<!\w)grat(?:is|uit|uite|uits|uitement|uito|uita|uitos|uitas)\b|\bgrátis\b|\bde graça\b|\bsin costo\b",
    r"\bkostenlos\w*|\bkostenfrei\w*|\bumsonst\b|\bgeschenkt\b|\boffert(?:e|s|es)?\b|\bsans frais\b|\bcadeau\b",
    r"\bsin cargo\b|\bde regalo\b|\bcortesía\b|\bsem custo\b|\bpor conta da casa\b",
    # Hindi, Arabic, Swahili, Turkish, Russian
    r"मुफ्त|मुफ़्त|निःशुल्क|फ्री|مجان|بدون مقابل|بلا مقابل|\bbure\b|\bücretsiz|\bbedava|\bбесплатно",
)
"""Regular expressions: for free."""

VAGUE_DISCOUNT = (
    r"\b(?:(?:we|i)(?: can|'ll| will| could)?(?: gladly| also| certainly)? (?:give|offer|grant|do|make|get)|you(?:'ll"
    r"| will"
    r"| can| could)? (?:get|receive)|you(?:'ll| will) have)(?: you| him| her| them)?(?: an?| our| my"
    r"| some)?(?: \w+){0,2}? (?:discounts?"
    r"|(?:special|better|lower|reduced|cheaper) (?:prices?|deals?|offers?)|price reduction|rebate)\b",
    r"\b(?:te|le|les|os) (?:damos|doy|hacemos|hago|ofrecemos|ofrezco)(?: \w+){0,3}? (?:descuento|rebaja"
    r"|precio especial)\b",
    r"\b(?:damos|dou|fazemos|faço|faco|oferecemos)(?: \w+){0,3}? (?:desconto|preço especial|preco especial)\b",
    r"\b(?:on|nous|je) (?:vous|te) (?:fais|faisons|fait|offrons|offre|accordons)(?: \w+){0,3}? (?:remise|réduction"
    r"|rabais"
    r"|prix spécial)\b",
    r"\b(?:bekommst du|bekommen sie|geben wir|gebe ich|du bekommst|sie bekommen|wir geben|ich gebe)(?: \w+){0,4}? "
    r"(?:rabatt|nachlass|sonderpreis)\b",
)
"""Regular expressions: a discount without a number is given."""
