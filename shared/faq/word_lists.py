"""Stop words, question words, negations and spellings in English, Spanish, French and Portuguese. Data.

In the form of `shared.text.phrases.folded`. Nothing is specific to an industry; an owner adds the terms of the business
as variants of questions.
"""

_STOP_WORDS = """
a an the this that these those there here it its it's i me my mine we us our ours you your yours he she him her they
them their one ones and or but if so then than as of at on in to for from by with about into onto over up out off is
are am was were be been being do does did done doing have has had having will would shall should can could may might
must just also too very really still now again some any all both each other what which s t d m ll re ve im ive id u
ur guys please ok okay yes oh well actually currently exactly possible able
already yet ago anymore another else while whether because maybe perhaps always usually suddenly immediately
el la los las lo un una unos unas y o u e de del al en con por para que se su sus mi mis tu tus me te le les nos yo
usted ustedes ellos ella es son esta estan este esto estos estas ese esa eso hay ha han he hemos ser estar puedo
puede pueden podemos podria podrian como si ya muy mas pero tambien a ante sobre cual cuales
le la les un une des du de d l et ou en au aux a dans sur pour par avec ce cet cette ces c qu que qui je j tu il
elle on nous vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur est sont suis etes ai as a
avez ont etre avoir puis peux peut pouvez pouvons est ce y se s tres si bien quel quelle quels quelles comment
o os um uma uns umas do da dos das no na nos nas ao aos pelo pela com em por para que se seu sua seus suas meu minha
meus minhas eu voce voces ele ela eles elas nos e sao esta estao tem tenho temos posso pode podem podemos como qual
quais isso isto este esta muito mais mas tambem ja
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that count almost nothing."""

_LIGHT_WORDS = """
want wants need needs like get gets got give take make use know tell say let help look looking try find see ask
offer go come thing things something anything somebody someone anyone everything way lot bit today tomorrow quiero
quisiera queremos necesito necesitamos tener tienen tiene tengo hacer hago ver dar ir vez cosa algo hoy manana veux
voudrais voudrions besoin faire faites fait voir donner prendre chose aujourd hui demain quero queria gostaria
preciso precisamos fazer faz ter ver dar ir coisa hoje amanha favor information info
"""
LIGHT_WORDS = frozenset(_LIGHT_WORDS.split())
"""Words that count little: they do not say what a question is about."""

QUESTION_WORDS = {
    word: kind
    for kind, words in {
        "how": "how como comment",
        "when": "when cuando quand quando",
        "where": "where donde adonde onde aonde",
        "how much": "howmuch cuanto cuanta cuantos cuantas combien quanto quanta quantos quantas",
        "how long": "howlong",
        "why": "why porque pourquoi",
        "who": "who whom whose quien quienes quem",
    }.items()
    for word in words.split()
}
"""Question words and their types. Questions of different types are different, even about the same subject."""

TYPE_NOUNS = {
    word: kind
    for kind, words in {
        "how much": "cost costs price prices fee fees charge charges rate rates costo precio precios cuesta tarifa prix "
        "tarif tarifs cout coute preco precos custo custa valor",
        "when": "hours times date time horario horarios fecha horaires heures horario hora data",
        "where": "address location direccion ubicacion adresse endereco localizacao",
        "how long": "duration duracion duree duracao",
        "how": "way ways method methods steps instructions manera forma pasos maniere etapes maneira passos",
    }.items()
    for word in words.split()
}
"""Nouns that imply a type without a question word: *the price of* is *how much*."""

_NEGATIONS = """
not no never without cannot none nothing sin nunca jamas tampoco sans pas jamais ne n sem nao nem
"""
NEGATIONS = frozenset(_NEGATIONS.split())

NEGATIVE_PREFIXES = ("un", "non", "dis", "de", "des", "in", "im", "il", "ir", "mis", "anti")
"""Prefixes that negate a word."""

_VERBS = """
send sent
buy bought
pay paid
get got gotten
come came
take took taken
give gave given
lose lost
eat ate eaten
forget forgot forgotten
keep kept
withdraw withdrew withdrawn
choose chosen
make made making
steal stole stolen
break broke broken
choose chose
find found
leave left leaving
bring brought
tell told
say said says
sell sold
spend spent
write wrote written
see saw seen
hear heard
use used using
have having
go goes went gone going
do doing
try tried tries
drive driving drove driven
fly flew flown
arrive arriving
receive receiving
change changing
charge charging
close closing
move moving
share sharing
cancel cancelled canceled cancelling canceling
2 two
3 three
4 four quatre cuatro quatro
5 five cinq cinco
6 six seis
7 seven siete
8 eight huit ocho oito
9 nine neuf nueve nove
10 ten dix diez dez
12 twelve douze
15 fifteen quinze quince
20 twenty vingt veinte vinte
30 thirty trente treinta trinta
50 fifty cinquante cincuenta cinquenta
100 hundred cien cem
1000 thousand mille mil
"""
"""Irregular forms, and numbers in words; the first word of a line replaces the others."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    written: tuple(meant.split())
    for written, meant in {
        "u": "you", "ur": "your", "r": "are", "wat": "what", "wht": "what", "wats": "what", "whats": "what",
        "hw": "how", "wher": "where", "wen": "when", "cn": "can", "abt": "about", "bcos": "because", "tmrw": "tomorrow",
        "2day": "today", "2moro": "tomorrow", "wheres": "where is", "whens": "when is",
        "hows": "how is", "whos": "who is",
        "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not", "wont": "not",
        "wasnt": "was not", "cant": "can not", "couldnt": "could not", "havent": "have not", "hasnt": "has not",
        **{
            form: verb
            for line in _VERBS.split("\n")
            for verb, *forms in [line.split() or [""]]
            for form in forms
        },
        "q": "que", "xq": "porque", "pq": "porque", "vc": "voce", "vcs": "voces", "tb": "tambem", "d": "de",
        "pourquoi": "pourquoi", "qd": "quand", "cb": "combien",
    }.items()
}  # fmt: skip

PHRASES: dict[tuple[str, ...], tuple[str, ...]] = {
    tuple(said.split()): tuple(meant.split())
    for said, meant in {
        "what time": "when", "at what time": "when", "which time": "when", "what day": "when", "which day": "when",
        "what hours": "when", "how much": "howmuch", "what price": "howmuch", "how long": "howlong",
        "how many days": "howlong", "how many hours": "howlong", "how many weeks": "howlong", "how come": "why",
        "how soon": "when", "how fast": "howlong", "how quickly": "howlong",
        "a que hora": "cuando", "que hora": "cuando", "que dia": "cuando", "por que": "porque",
        "cuanto tiempo": "howlong",
        "cuantos dias": "howlong", "cuanto tarda": "howlong", "a quelle heure": "quand", "quelle heure": "quand",
        "quel jour": "quand", "combien de temps": "howlong", "combien de jours": "howlong", "quel prix": "combien",
        "a que horas": "quando", "que horas": "quando", "quanto tempo": "howlong", "quantos dias": "howlong",
        "don t": "do not", "doesn t": "does not", "didn t": "did not", "isn t": "is not", "aren t": "are not",
        "won t": "not", "wasn t": "was not", "can t": "can not", "couldn t": "could not", "haven t": "have not",
        "hasn t": "has not", "shouldn t": "should not", "est ce que": "", "est ce qu": "", "money back": "refund",
        "send back": "return", "get rid of": "cancel", "e mail": "email", "cash machine": "atm", "cash machines": "atm", "cash point": "atm", "you people": "you", "wi fi": "wifi", "instead of": "not",
    }.items()
}  # fmt: skip
"""Phrases, and the words that replace them."""
