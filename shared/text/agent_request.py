"""Recognises requests for an agent ("can I talk to somebody?") in four languages, without a model. Pure.

A sentence is a request if it consists only of a person to talk to, a way of asking, politeness, and maybe a subject.
"Can I talk to you about the oak set" names no person, "a person bought this" does not ask. A person alone ("agent",
"un conseiller") is a request only if the message has nothing else.
"""

import re
from functools import lru_cache

from shared.text.phrases import GREETINGS, POLITE, folded

_MAX_CHARACTERS = 500  # characters of a message that are read
_ENDS = re.compile(r"[.!?;,:\n¿¡…]+")


def _alternatives(*phrases: str) -> str:
    return "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")"


# In the form of `shared.text.phrases.folded`. A person is what may precede a noun, the noun, and what may follow it.
_BEFORE = {
    "en": r"(?:(?:a|an|the|your|any|some|another|one of your|one of the) )?"
    r"(?:(?:real|live|actual|human|proper|different) )*",
    "es": r"(?:(?:una|un|la|el|algun|alguna|otra|otro|tu|su|con) )?",
    "pt": r"(?:(?:uma|um|a|o|algum|alguma|outra|outro|com) )?",
    "fr": r"(?:(?:une|un|la|le|l|votre|vos|des|autre) )*(?:(?:vrai|vraie|autre) )?",
}
_PEOPLE = {
    "en": (
        *("person", "human", "human being", "agent", "representative", "rep", "operator", "advisor", "adviser"),
        *("consultant", "colleague", "manager", "supervisor", "employee", "staff member", "team member", "live chat"),
        *("somebody", "someone", "some one", "anybody", "anyone", "customer service", "customer care"),
        *(
            "humans",
            "agents",
            "colleagues",
            "representatives",
            "customer support",
            "customer service agent",
            "customer service representative",
            "support agent",
            "member of staff",
            "member of your team",
            "one of your team",
            "one of your staff",
            "one of your people",
        ),
    ),
    "es": (
        *("persona", "humano", "humana", "ser humano", "agente", "asesor", "asesora", "operador", "operadora"),
        *("representante", "ejecutivo", "ejecutiva", "vendedor", "vendedora", "encargado", "encargada", "gerente"),
        *("supervisor", "supervisora", "responsable", "alguien", "atencion al cliente", "servicio al cliente"),
        *("servicio de atencion al cliente",),
    ),
    "pt": (
        *("pessoa", "humano", "humana", "ser humano", "atendente", "agente", "operador", "operadora", "consultor"),
        *("consultora", "representante", "vendedor", "vendedora", "gerente", "supervisor", "supervisora"),
        *("responsavel", "alguem", "atendimento humano"),
    ),
    "fr": (
        *("personne", "humain", "humaine", "etre humain", "conseiller", "conseillere", "agent", "operateur"),
        *("operatrice", "representant", "representante", "vendeur", "vendeuse", "responsable", "quelqu un"),
        *("service client", "service clients", "service clientele", "interlocuteur", "collegue", "gerant", "gerante"),
    ),
}
_DEPARTMENTS = {  # ambiguous nouns, a request only with "talk to": a "support" may hold a cup
    "en": (
        *("support", "support team", "sales", "sales team", "sales agent", "salesperson", "people", "boss", "owner"),
        *("staff", "team", "reception", "receptionist", "front desk"),
    ),
    "es": ("recepcion", "recepcionista", "soporte", "ventas", "dueno", "duena", "companero", "companera", "tecnico"),
    "pt": ("recepcao", "recepcionista", "suporte", "vendas", "atendimento", "dono", "dona", "gente", "tecnico"),
    "fr": (
        "reception",
        "receptionniste",
        "accueil",
        "equipe",
        "support",
        "patron",
        "patronne",
        "technicien",
        "commercial",
    ),
}
_ROLES = {  # customers also make appointments with these, so only "talk to" is a request
    "en": (
        *("doctor", "dentist", "nurse", "pharmacist", "teacher", "principal", "headmaster", "headmistress", "chef"),
        *("technician", "mechanic", "accountant", "secretary", "stylist", "office", "lawyer", "driver"),
    ),
    "es": (
        *("doctor", "doctora", "medico", "medica", "dentista", "enfermero", "enfermera", "farmaceutico"),
        *("farmaceutica", "profesor", "profesora", "director", "directora", "mecanico", "secretaria", "abogado"),
    ),
    "pt": (
        *("doutor", "doutora", "medico", "medica", "dentista", "enfermeiro", "enfermeira", "farmaceutico"),
        *("farmaceutica", "professor", "professora", "diretor", "diretora", "mecanico", "secretaria", "advogado"),
    ),
    "fr": (
        *("docteur", "medecin", "dentiste", "infirmier", "infirmiere", "pharmacien", "pharmacienne", "professeur"),
        *("directeur", "directrice", "mecanicien", "secretaire", "secretariat", "avocat"),
    ),
}
_AFTER = {
    "en": r"(?: else)?(?: (?:from|in|of|on|at) (?:your|the) (?:team|company|shop|store|business|staff|support|sales))?",
    "es": r"(?: (?:real|humana|humano|de verdad|de carne y hueso|mas))?"
    r"(?: (?:del|de (?:su|tu|la|el)|de) (?:equipo|tienda|empresa|ventas|soporte|atencion))?",
    "pt": r"(?: (?:real|humana|humano|de verdade|de carne e osso))?"
    r"(?: (?:da|do|de) (?:equipe|loja|empresa|vendas|suporte|atendimento))?",
    "fr": r"(?: (?:reel|reelle|humain|humaine|d autre))?"
    r"(?: (?:de|du) (?:votre |la |l )?(?:equipe|boutique|magasin|service))?",
}
_BOT = {
    "en": r"(?:(?:a|an|this|the|some) )?(?:stupid )?(?:bots?|robots?|machines?|computer|ai|chatbots?)",
    "es": r"(?:(?:un|una|el|la|este) )?(?:bots?|robots?|maquinas?|contestadora)",
    "pt": r"(?:(?:um|uma|o|a|este|esse) )?(?:bots?|robos?|maquinas?)",
    "fr": r"(?:(?:un|une|le|la|ce|des) )?(?:bots?|robots?|machines?)",
}
_NO_SUBJECT = "="  # prefix of a request that no subject may follow
_REQUESTS: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:{may} )?(?:(?:talk|speak|chat|write|talking|speaking|chatting) (?:to|with|2)|deal with|reach|contact|see) "
        r"{some}",
        r"(?:{may} )?(?:talk|speak|chat) (?:to|with) {role}",
        r"(?:{may} )?have (?:a )?(?:quick )?(?:word|chat|talk|conversation|call) with {some}",
        r"{may} {person} to (?:please )?(?:help|assist|call|ring|phone|contact|answer|"
        r"(?:talk|speak|write|reply|respond|get back|reach out) to|get in touch with|take over)"
        r"(?: me| us| this)?(?: back)?",
        r"(?:(?:can|could|would|will|may) )?{person} (?:please )?(?:help|assist|call|ring|phone|contact|answer|"
        r"(?:talk|speak|write|reply|respond|get back|reach out) to|get in touch with)(?: me| us)(?: back)?",
        r"(?:to )?whom? (?:can|could|do|should|may) (?:i|we) (?:speak|talk|chat|complain)(?: (?:to|with))?(?: here)?",
        r"who (?:can|could|do|should|may) (?:i|we) (?:speak|talk|chat|complain) (?:to|with)(?: here)?",
        r"{may}(?: have| get)?(?: some)? (?:help|assistance|support|an answer|a reply|a response|a call|a callback) "
        r"from {some}",
        r"(?:(?:can|could|would) you )?(?:please )?(?:escalate(?: (?:this|it|me|my [a-z]+))?|hand me over) to {some}",
        r"=any {person} (?:there|here|around|online|available|free)",
        r"(?:{may} )?be (?:connected|transferred|put through|passed) (?:on )?(?:to|with) {some}",
        r"{may}(?: have| get| see)? {person}",
        r"(?:(?:can|could|would|will) you )?(?:please )?"
        r"(?:connect|transfer|forward|redirect|pass|switch|refer|put|get|give|call)(?: me| us)?"
        r"(?: (?:through|over|on|in touch))?(?: (?:to|with))? {some}",
        r"=(?:is|are) (?:there {person}|{anybody})(?: (?:there|here|around|online|available|home))?",
        r"is there {person} (?:(?:that |who )?(?:i|we) (?:can|could) (?:talk|speak|chat|write)(?: (?:to|with))?"
        r"|to (?:talk|speak|chat) (?:to|with)|(?:that |who )?(?:can|could) help(?: me| us)?)",
        r"=(?:hello )?{anybody} (?:there|here|home|around|online)",
        r"(?:(?:can|could|will|would|may) )?{anybody} (?:please )?(?:from your team )?"
        r"(?:help|assist|call|contact|answer|ring|phone|(?:talk|speak|write|reply|respond|get back) to)(?: me| us)"
        r"(?: back)?",
        r"(?:(?:can|could|would) you )?(?:please )?(?:have|let|get|ask) {some} (?:to )?"
        r"(?:help|assist|call|contact|answer|(?:talk|speak|write|reply|respond|get back) to)(?: me| us)(?: back)?",
        r"(?:can|could|would|will|may) {person} (?:please )?"
        r"(?:take over|step in|join(?: us| the chat)?|take this|handle this)",
        r"=(?:is|are) (?:there (?:any |some )?{person}|{anybody}) "
        r"(?:working |available |free )?(?:here|there|available|free)"
        r"(?: to (?:talk|chat|speak|help)(?: (?:to|with))?(?: me)?)?",
        r"=(?:do|have) you (?:have|got)(?: got)? {person}(?: here)?(?: (?:that |who )?(?:i|we) can (?:talk|speak|chat)"
        r"(?: (?:to|with))?| to (?:talk|speak|chat) (?:to|with))",
        r"(?:i|we) (?:do not|don t|dont|did not|didn t) (?:want|wish|like)(?: to)? "
        r"(?:(?:talk|speak|chat|talking|speaking) (?:to|with) )?{bot}",
        r"(?:no|not) (?:more )?{bot}",
        r"(?:i|we) (?:need|want)(?: some)? (?:human|personal) (?:help|assistance|support|contact)",
    ),
    "es": (
        r"(?:{may} )?(?:hablar|conversar|chatear|comunicarme|contactarme|contactar|platicar|charlar) (?:con|a) {some}",
        r"(?:{may} )?(?:hablar|conversar|comunicarme) con {role}",
        r"(?:con|a) quien (?:puedo|podria|podemos|debo) (?:hablar|comunicarme|dirigirme|contactar|reclamar)",
        r"(?:(?:puedes?|pueden|podrias?|podrian) )?(?:pedir(?:le)?|pidele|pidale|dile|digale|decir(?:le)?) "
        r"a {some} que me (?:llame|atienda|ayude|responda|conteste|escriba|contacte)",
        r"{may}(?: (?:ver|tener))? (?:a )?{person}",
        r"(?:me )?(?:puedes?|pueden|podrias?|podrian) (?:por favor )?"
        r"(?:pasar(?:me)?|comunicar(?:me)?|conectar(?:me)?|poner(?:me)?|transferir(?:me)?) (?:con|a) {some}",
        r"(?:me )?(?:pasame|paseme|pasenme|pasa|pasas|comunica|comunicas|comunicame|comuniqueme|conectame|transfiereme|"
        r"transfierame|transfiere|ponme|pongame|ponganme|derivame|deriveme|contactame) (?:con|a) {some}",
        r"=(?:hay|esta|estan|ahi hay) {person}(?: (?:ahi|aqui|disponible|en linea))?",
        r"=(?:hay )?{anybody} (?:ahi|aqui|disponible|en linea)",
        r"(?:hay )?{person} (?:que )?(?:me )?(?:pueda|puede|podria|ayude|atienda|responda|conteste)"
        r"(?: (?:ayudar|atender|responder|contestar|hablar|llamar)(?:me)?)?",
        r"(?:{may} )?que (?:me )?(?:atienda|ayude|responda|conteste|llame|hable) {some}",
        r"{may} que {person} me (?:atienda|ayude|responda|conteste|llame|escriba)",
        r"(?:me )?(?:puede|podria|pueden) (?:atender|ayudar|responder|llamar|hablar)(?:me)? {person}",
        r"(?:{may} )?(?:ser )?atendid[oa] por {some}",
        r"(?:contacto|comunicacion|llamenme|contactenme|comuniquenme|llamada) con {some}",
        r"no (?:quiero|deseo|me gusta) (?:hablar|conversar|chatear|tratar) con {bot}",
        r"(?:atencion|ayuda) (?:humana|personal|de una persona)",
    ),
    "pt": (
        r"(?:{may} )?(?:falar|conversar|teclar|contatar|tratar)(?: (?:com|a))? {some}",
        r"(?:{may} )?(?:falar|conversar) com {role}",
        r"com quem (?:eu )?(?:posso|poderia|podemos|devo|consigo) (?:falar|conversar|reclamar|tratar)",
        r"(?:(?:pode|poderia|podem) )?(?:pedir|pede|peca|fala|fale|avisa|avise) "
        r"(?:para|pra|a|ao|pro) {some} (?:para )?(?:me )?(?:ligar|atender|responder|chamar|ajudar|contatar)"
        r"(?: (?:pra|para) mim)?",
        r"{may}(?: (?:de|ter|ver))? {person}",
        r"(?:{may} )?(?:ser |um )?(?:atendid[oa]|atendimento) (?:por|com) {some}",
        r"(?:(?:pode|poderia|consegue|podem) )?(?:me )?(?:passa|passe|passar|passem|transfere|transfira|transferir|"
        r"encaminha|encaminhe|encaminhar|coloca|coloque|colocar|conecta|conecte|conectar|liga|direciona)(?: me)?"
        r"(?: em contato)? (?:com|pra|para|ao|a|pro) {some}",
        r"(?:(?:pode|poderia) )?(?:me )?(?:chama|chame|chamar|arruma|manda) {some}"
        r"(?: (?:pra|para) (?:mim|me atender))?",
        r"{may} que {person} me (?:atenda|ajude|responda|ligue|chame|escreva)",
        r"=(?:cade|onde esta|onde ta) {person}",
        r"=(?:tem|ha) {person} (?:ai|aqui|disponivel|online)",
        r"(?:fala|falo) com {some}",
        r"=(?:tem|ha|existe|esta) {anybody}(?: (?:ai|aqui|disponivel|online))?",
        r"={anybody} (?:ai|aqui|disponivel|online)",
        r"(?:(?:tem|ha) )?{person} (?:que )?(?:pode|possa|poderia|consegue|para|pra)(?: me)? "
        r"(?:ajudar|atender|responder|falar)"
        r"(?: (?:comigo|me))?",
        r"nao quero (?:falar|conversar|tratar)(?: com)? {bot}",
        r"(?:quero )?(?:atendimento|ajuda) (?:humano|humana|pessoal)",
    ),
    "fr": (
        r"(?:{may} )?(?:parler|discuter|echanger|communiquer|parle|dialoguer|causer) (?:a|avec|au|aux) {some}",
        r"(?:{may} )?parler (?:a|avec|au) {role}",
        r"(?:a|avec) qui (?:puis je|je peux|pourrais je|dois je|est ce que je peux|peut on) "
        r"(?:parler|m adresser|discuter|echanger)",
        r"(?:(?:pouvez vous|pourriez vous|peux tu|vous pouvez) )?(?:demander|demandez|dire|dites) (?:a|au) {some} de "
        r"(?:me|m) (?:rappeler|contacter|appeler|repondre|aider|ecrire)",
        r"(?:{may} )?(?:contacter|joindre|avoir|voir) {some}(?: au telephone)?",
        r"{may}(?: d)? {person}",
        r"(?:{may} )?etre (?:mis|mise|mises) en (?:relation|contact) avec {some}",
        r"(?:{may} )?etre (?:transferee?|aidee?|rappelee?|contactee?) (?:a|vers|par) {some}",
        r"(?:(?:pouvez vous|pourriez vous|peux tu|vous pouvez) )?(?:me |m )?"
        r"(?:passez|passer|passe|transferez|transferer|"
        r"connectez|connecter|mettez|mettre|donnez|orientez|redirigez|rediriger)(?: (?:moi|nous))?"
        r"(?: en (?:relation|contact|ligne))?(?: (?:a|au|vers|avec))? {some}",
        r"=(?:est ce qu )?(?:il )?y a(?: t)?(?: il)? {person}(?: (?:ici|la|de disponible|disponible|en ligne))?",
        r"(?:est ce qu )?(?:il )?(?:y a )?(?:t il )?{person} (?:pour|qui (?:peut|puisse|pourrait)) "
        r"(?:m aider|me repondre|me parler)",
        r"={anybody} (?:ici|la|est la|disponible)",
        r"(?:est ce que )?{anybody} (?:peut|pourrait|peut il|pourrait il)(?: il)? "
        r"(?:m aider|me repondre|me rappeler|me contacter|m appeler|me parler)",
        r"je (?:veux|voudrais|souhaite) qu (?:on|{person}) me (?:reponde|rappelle|contacte|parle)",
        r"je (?:ne )?(?:veux|souhaite|desire) (?:pas|plus) (?:parler|discuter|echanger) (?:a|avec) {bot}",
    ),
}
_MODALS = {
    "en": r"(?:i (?:have|ve got|am trying|m trying) to|(?:can|could|may|might|shall) (?:i|we)(?: please| just)?|"
    r"(?:i|we) (?:really |just |only |would |d )*"
    r"(?:want|wanna|wan|need|like|love|wish|prefer|rather|demand|request|wants)(?: to)?|"
    r"(?:i|we) (?:would|d) rather|let me|lemme|is it possible to|is there (?:a|any) way to|"
    r"how (?:can|do|could) (?:i|we)|"
    r"where can i|wanna|want to|need to|would like to|id like to|may)",
    "es": r"(?:(?:quiero|quisiera|necesito|deseo|prefiero|puedo|podria|podriamos|me gustaria|queria|quiero poder|"
    r"tengo que|me urge|como (?:puedo|hago para)|es posible|se puede|ocupo|exijo))",
    "pt": r"(?:(?:quero|queria|preciso|gostaria|prefiro|posso|poderia|da para|da pra|tem como|consigo|e possivel|"
    r"eu quero|eu queria|eu preciso|eu gostaria|como (?:faco para|posso)|exijo|necessito)(?: de)?)",
    "fr": r"(?:(?:je (?:veux|voudrais|souhaite|souhaiterais|prefere|prefererais|desire|demande a|dois|peux)|j aimerais|"
    r"puis je|pourrais je|est ce que je (?:peux|pourrais)|est il possible de|est ce possible de|peut on|pourrait on|"
    r"on peut|c est possible de|j ai besoin(?: de)?|il me faut|comment(?: (?:puis je|je peux|faire pour))?|"
    r"serait il possible de))",
}
_ANYBODY = {
    "en": r"(?:anybody|anyone|somebody|someone|some one|any one|a (?:real )?(?:person|human))",
    "es": "(?:alguien|alguna persona)",
    "pt": "(?:alguem|alguma pessoa|gente)",
    "fr": "(?:quelqu un|une personne)",
}
_FILLERS = {  # politeness and the like, before and behind
    "en": r"(?:please|pls|plz|now|here|instead|directly|today|right now|asap|as soon as possible|thanks|thank you|"
    r"urgently|abeg|in person|on the phone|by phone|ok|okay|yes|no|well|so|and|but|hello|hi|hey|sorry|"
    r"excuse me|just|again)",
    "es": "(?:por favor|porfa|porfavor|ahora|ya|aqui|hoy|gracias|urgente|directamente|si|pero|hola|disculpe|disculpa|"
    "buenas|buenos dias|buenas tardes|mejor|entonces|y|oye)",
    "pt": "(?:por favor|pfv|agora|ja|aqui|hoje|obrigado|obrigada|urgente|direto|sim|mas|oi|ola|bom dia|boa tarde|"
    "boa noite|entao|e|moco|moca)",
    "fr": "(?:s il vous plait|s il te plait|svp|stp|maintenant|ici|merci|directement|vite|oui|non|mais|bonjour|bonsoir|"
    "salut|pardon|alors|et|plutot|de suite|tout de suite)",
}
_SUBJECT = {  # a subject, or a refusal of the bot
    "en": r"(?: (?:about|regarding|concerning|because|on|for) .{1,80}|"
    r" (?:(?:who|that) (?:can|could) help(?: me| us)?(?: with .{1,60})?)| (?:in charge|responsible)|"
    r" (?:instead of|not|rather than|and not) {bot})?",
    "es": r"(?: (?:sobre|acerca de|por|para|de mi|porque|respecto a) .{1,80}|"
    r" que (?:me )?(?:pueda|puede) (?:ayudar|atender)(?:me)?| (?:y no|no|en vez de|en lugar de)(?: con)? {bot})?",
    "pt": r"(?: (?:sobre|a respeito|por|para|porque) .{1,80}| que (?:me )?(?:possa|pode)(?: me)? (?:ajudar|atender)|"
    r" (?:e nao|nao|em vez de)(?: com)? {bot})?",
    "fr": r"(?: (?:au sujet d[eu]s?|a propos d[eu]s?|concernant|pour|parce que|sur) .{1,80}|"
    r" qui (?:peut|pourrait|puisse) m aider| (?:et non|et pas|pas|plutot qu|au lieu d)(?: [ea])? {bot})?",
}


_CALL_ME = {  # only when nothing else is said: "when it is ready, call me" is about a parcel
    "en": r"(?:(?:can|could|will|would) you )?(?:please )?(?:call|ring|phone)(?: (?:me|us))(?: back)?",
    "es": r"(?:llamame|llameme|llamenme|me (?:llamas|llama|llaman|(?:puedes?|pueden|podrias?) llamar)|"
    r"(?:puedes?|pueden|podrias?) llamarme)",
    "pt": r"(?:me (?:liga|ligue|liguem)|liga (?:pra|para) mim|(?:pode|podem|poderia|voces podem) me ligar)",
    "fr": r"(?:r?appelez moi|r?appelle moi|(?:pouvez vous|pourriez vous|peux tu|vous pouvez) me r?appeler)",
}


_SURE_ALONE = (  # as the whole message, these name nobody but an agent of the business
    *("agent", "agents", "human", "humans", "human being", "representative", "representatives", "rep", "live chat"),
    *("customer service", "customer care", "customer support", "support", "support agent", "somebody", "someone"),
    *("anybody", "anyone", "real person", "live person", "actual person", "team member", "staff member"),
    *("agente", "asesor", "asesora", "humano", "humana", "ser humano", "alguien", "atencion al cliente"),
    *("servicio al cliente", "atendente", "atendimento humano", "alguem", "agents", "conseiller", "conseillere"),
    *("humain", "quelqu un", "service client", "vraie personne"),
)
"""Phrases in the form of `folded`; others, such as "manager" and "una persona", may answer a question of a flow."""


def asks_for_agent(text: str, *, alone: bool = True) -> bool:
    """Return whether a customer asks for an agent. A text that only mentions a person does not. alone: any person is a
    request as the whole message; False: only one who can be nobody but an agent.
    """
    text = text[:_MAX_CHARACTERS]
    sentences = [said for part in _ENDS.split(text) if (said := folded(part))]
    whole = folded(text)
    if any(_request_pattern().fullmatch(said) for said in (*sentences, whole) if said):
        return True
    rest = [said for said in sentences if said not in GREETINGS and said not in POLITE]
    if len(rest) != 1 or not _person_only_pattern().fullmatch(rest[0]):
        return False
    return (
        alone
        or any(f" {sure} " in f" {rest[0]} " for sure in _SURE_ALONE)
        or _call_me_pattern().fullmatch(rest[0]) is not None
    )


@lru_cache(maxsize=1)
def _request_pattern() -> re.Pattern[str]:
    return re.compile("|".join(_expand(language, way) for language, ways in _REQUESTS.items() for way in ways))


def _expand(language: str, way: str) -> str:
    around = _FILLERS[language]
    pattern = way.removeprefix(_NO_SUBJECT) + ("" if way.startswith(_NO_SUBJECT) else _SUBJECT[language])
    parts = {
        "{some}": _person(language, *_DEPARTMENTS[language]),
        "{person}": _person(language),
        "{role}": _BEFORE[language] + _alternatives(*_ROLES[language]),
        "{may}": _MODALS[language],
        "{bot}": _BOT[language],
        "{anybody}": _ANYBODY[language],
    }
    for name, part in parts.items():
        pattern = pattern.replace(name, part)
    return rf"(?:{around} )*{pattern}(?: {around})*"


def _person(language: str, *others: str) -> str:
    return _BEFORE[language] + _alternatives(*_PEOPLE[language], *others) + _AFTER[language]


@lru_cache(maxsize=1)
def _person_only_pattern() -> re.Pattern[str]:
    """Return a pattern of a person alone, or of a request to call, with politeness around it."""
    others = {"en": ("support",)}
    ways = (rf"(?:{_FILLERS[one]} )*{_person(one, *others.get(one, ()))}(?: {_FILLERS[one]})*" for one in _PEOPLE)
    return re.compile("|".join((*ways, _call_me_pattern().pattern)))


@lru_cache(maxsize=1)
def _call_me_pattern() -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{_FILLERS[one]} )*{_CALL_ME[one]}(?: {_FILLERS[one]})*" for one in _PEOPLE))
