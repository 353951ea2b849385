"""Recognises customers who want no more messages, in many languages, without a model. Pure.

Single words and short phrases must be the whole text. Sentences ("please stop sending me adverts") are patterns in six
languages that must match a whole sentence: "don't stop sending me messages" and "stop sending it to my old address"
begin or end with something else and are no opt-outs.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from shared.text.phrases import GREETINGS, OPT_OUT, OPT_OUT_WHEN_IDLE, POLITE, folded, is_one_of

_MAX_CHARACTERS = 500  # of a message that is read
_ENDS = re.compile(r"([.!?;\n¿¡…。！？؟]+)")

STOP_WORDS: dict[str, tuple[str, ...]] = {
    "af": ("stop", "hou op", "teken uit", "geen boodskappe meer nie"),
    "am": ("አቁም", "አቁሙ", "ይቁም"),
    "ar": (
        *("إيقاف", "ايقاف", "أوقف", "توقف", "توقفوا", "إلغاء الاشتراك", "الغاء الاشتراك", "ألغي الاشتراك"),
        *(
            "ألغ الاشتراك",
            "إيقاف الرسائل",
            "أوقف الرسائل",
            "أوقفوا الرسائل",
        ),
        *("لا ترسلوا لي رسائل", "لا ترسل لي رسائل", "لا أريد رسائل", "لا اريد رسائل", "لا أريد المزيد من الرسائل"),
        *("كفاية رسائل", "بطلوا رسائل", "وقف الرسائل", "من فضلك توقف", "stop"),
    ),
    "bn": ("বন্ধ করুন", "বন্ধ কর", "বন্ধ করো", "মেসেজ বন্ধ করুন", "আর মেসেজ পাঠাবেন না", "stop"),
    "cs": (
        "stop",
        "odhlasit",
        "odhlasit odber",
        "neposilejte mi dalsi zpravy",
        "neposilejte mi zpravy",
        "uz mi nepiste",
    ),
    "da": ("stop", "afmeld", "afmeld mig", "frameld", "frameld mig", "ingen flere beskeder"),
    "de": (
        *("stopp", "stop", "abmelden", "abmeldung", "abbestellen", "austragen", "abmelden bitte", "bitte abmelden"),
        *("melden sie mich ab", "meldet mich ab", "keine nachrichten mehr", "keine weiteren nachrichten"),
        *("keine werbung", "keine werbung mehr", "hort auf", "aufhoren", "stoppt", "stoppen", "bitte stoppen"),
    ),
    "el": ("σταματήστε", "σταμάτα", "διακοπή", "διαγραφή", "απεγγραφή", "μη μου στέλνετε άλλα μηνύματα", "stop"),
    "en": (),
    "es": ("alto mensajes", "desuscribanme", "suspender mensajes", "no mas publicidad", "no mas promociones", "stop"),
    "fa": ("لغو عضویت", "توقف", "پیام ندهید", "دیگر پیام ندهید", "stop"),
    "fr": ("stop pub", "stop sms", "stop aux messages", "plus de pub", "plus de publicite", "stop"),
    "gu": ("બંધ કરો", "stop"),
    "ha": ("dakatar", "daina", "ku daina", "a daina", "ka daina", "kada ku sake turo min sako", "stop"),
    "he": (
        "הסר",
        "הסירו",
        "הסירו אותי",
        "להסיר",
        "תסירו אותי",
        "עצור",
        "הפסק",
        "הפסיקו",
        "תפסיקו לשלוח לי הודעות",
        "stop",
    ),
    "hi": (
        *("रोकें", "रोको", "बंद करो", "बंद करें", "बंद कर दो", "मैसेज बंद करो", "मैसेज मत भेजो", "संदेश बंद करें"),
        *("मुझे मैसेज मत भेजो", "मैसेज न भेजें", "संदेश भेजना बंद करें", "स्टॉप", "stop karo", "band karo", "band kare"),
        *("band karein", "message band karo", "message mat bhejo", "msg mat bhejo", "stop"),
    ),
    "hu": ("stop", "leiratkozas", "leiratkozom", "leiratkozni", "ne kuldjenek tobb uzenetet"),
    "id": (
        *("berhenti", "hentikan", "henti", "stop", "berhenti berlangganan", "batal langganan", "unreg"),
        *("stop kirim pesan", "jangan kirim pesan lagi", "berhenti kirim pesan", "jangan hubungi saya lagi"),
    ),
    "ig": ("kwusi", "kwụsị", "biko kwusi", "stop"),
    "it": (
        *(
            "stop",
            "disiscrivimi",
            "disiscrivetemi",
            "disiscrizione",
            "disiscriviti",
            "cancellami dalla lista",
            "smettila",
        ),
        *("cancellami", "cancellatemi", "basta messaggi", "stop messaggi", "basta pubblicita"),
        *("niente piu messaggi", "non scrivetemi piu", "smettetela", "rimuovetemi", "rimuovimi"),
    ),
    "ja": (
        "停止",
        "配信停止",
        "配信を停止",
        "登録解除",
        "ストップ",
        "メッセージを送らないでください",
        "もう送らないでください",
        "stop",
    ),
    "ko": ("중지", "수신거부", "수신 거부", "구독취소", "구독 취소", "그만 보내세요", "메시지 보내지 마세요", "stop"),
    "mr": ("थांबवा", "बंद करा", "मेसेज पाठवू नका", "stop"),
    "ms": ("berhenti", "hentikan", "henti", "stop", "batal langganan", "jangan hantar mesej lagi"),
    "nl": (
        "stop",
        "stoppen",
        "afmelden",
        "uitschrijven",
        "meld mij af",
        "schrijf mij uit",
        "geen berichten meer",
        "stuur me geen berichten meer",
        "ik wil geen berichten meer",
        "ik wil geen berichten meer ontvangen",
    ),
    "no": ("stopp", "stop", "avmeld", "meld meg av", "ingen flere meldinger"),
    "pa": ("ਬੰਦ ਕਰੋ", "stop"),
    "pl": (
        *("stop", "wypisz", "wypisz mnie", "wypiszcie mnie", "nie pisz do mnie"),
        *("nie piszcie do mnie", "zadnych wiadomosci", "koniec wiadomosci", "nie chce wiecej wiadomosci"),
        *(
            "prosze nie wysylac mi wiecej wiadomosci",
            "nie wysylajcie mi wiecej wiadomosci",
            "nie wysyłajcie mi więcej wiadomości",
            "proszę nie wysyłać mi więcej wiadomości",
        ),
    ),
    "pt": ("cancelar mensagens", "parar mensagens", "nao me mande mais nada", "sem propaganda", "stop"),
    "ro": (
        "stop",
        "dezabonare",
        "dezabonati ma",
        "dezaboneaza ma",
        "opriti mesajele",
        "nu mai vreau mesaje",
        "nu mai trimiteti mesaje",
    ),
    "ru": (
        *("стоп", "стоп смс", "отписаться", "отписка", "отпишите меня", "отписать", "не пишите мне", "не пиши мне"),
        *(
            "не пишите мне больше",
            "больше не пишите",
            "больше не пишите мне",
            "не присылайте мне больше сообщения",
            "не присылайте мне больше сообщений",
            "перестаньте присылать сообщения",
            "хватит писать",
            "хватит спамить",
            "stop",
        ),
        *("прекратите рассылку", "прекратите", "уберите меня из рассылки", "не хочу получать сообщения"),
    ),
    "so": ("jooji", "jooji fariimaha", "iga jooji", "stop"),
    "sv": (
        "stopp",
        "stop",
        "avregistrera",
        "avanmal",
        "sluta skicka",
        "sluta skicka meddelanden",
        "inga fler meddelanden",
    ),
    "sw": (
        *("sitisha", "komesha", "jiondoe", "niondoe", "jitoe", "acha kutuma ujumbe", "acha kunitumia ujumbe"),
        *("acheni kunitumia ujumbe", "usinitumie ujumbe", "usinitumie ujumbe tena", "msinitumie ujumbe", "stop"),
    ),
    "ta": ("நிறுத்து", "நிறுத்தவும்", "நிறுத்துங்கள்", "stop"),
    "te": ("ఆపు", "ఆపండి", "నిలిపివేయండి", "stop"),
    "th": ("หยุด", "หยุดส่ง", "หยุดส่งข้อความ", "ยกเลิกรับข้อความ", "ยกเลิกการรับข้อความ", "เลิกรับข้อความ", "stop"),
    "tl": ("itigil", "tigil", "ihinto", "huwag na kayong mag text", "stop"),
    "tr": (
        *(
            "durdur",
            "durdurun",
            "abonelikten cik",
            "abonelikten çık",
            "listeden çıkar",
            "beni listeden çıkarın",
            "listeden cikar",
            "beni listeden cikarin",
            "stop",
        ),
        *(
            "mesaj gondermeyin",
            "bana mesaj gondermeyin",
            "artik mesaj almak istemiyorum",
            "artık mesaj almak istemiyorum",
            "artık mesaj göndermeyin",
            "mesaj atmayin",
            "bana mesaj atmayin",
            "artik mesaj gondermeyin",
        ),
    ),
    "uk": ("стоп", "відписатися", "відписатись", "відпишіть мене", "не пишіть мені", "припиніть", "stop"),
    "ur": ("بند کرو", "بند کریں", "بند کردیں", "روکیں", "میسج نہ بھیجیں", "پیغام نہ بھیجیں", "stop"),
    "vi": ("dừng lại", "ngừng", "ngừng gửi", "hủy đăng ký", "đừng nhắn tin nữa", "đừng nhắn tin cho tôi nữa", "stop"),
    "xh": ("yeka", "stop"),
    "yo": ("dáwọ́ dúró", "da duro", "e dawo duro", "e da duro", "e ma fi ranse si mi mo", "stop"),
    "zh": (
        *("停止", "退订", "退訂", "取消订阅", "取消訂閱", "停止发送", "不要再发信息", "请不要再发信息"),
        *("不要再发消息", "不要再给我发消息", "别再给我发消息", "不要給我發訊息", "stop"),
    ),
    "zu": ("yeka", "stop"),
}
"""Stop words by language, besides those of `phrases.OPT_OUT` (English, French, Spanish, Portuguese), in any spelling.
All count in every workspace, so none may mean something else in another language: in Hindi, `acha` is "ok". Data.
"""
STOP_WORDS_WHEN_IDLE = OPT_OUT_WHEN_IDLE | {
    *("avsluta", "rezygnuję", "zrezygnuj", "tsaya", "de baja", "zrušit odběr", "やめてください"),
    *("拒收", "不要再发", "不要再發", "不要再发了", "别发了", "別發了", "别再发了", "別再發了"),
    *("abonelik iptal", "सदस्यता समाप्त करें", "annulla iscrizione", "cancella iscrizione", "cancelar inscrição"),
    "cancelar suscripción",
}
"""Opt-outs as the first words of a session, in any spelling: later they may be about an order or a membership."""
_ALL = OPT_OUT | {folded(word) for words in STOP_WORDS.values() for word in words}


def asks_for_no_messages(text: str) -> bool:
    """Return whether a customer wants no more messages: a stop word and nothing else, or a sentence that says so."""
    return (is_one_of(text, _ALL) and not _only_asks(text)) or _says_stop(text)


def languages_without_stop_word(languages: Iterable[str]) -> list[str]:
    """Return those of a workspace's languages that have no stop word."""
    return [language for language in languages if language.split("-")[0].split("_")[0].lower() not in STOP_WORDS]


def _only_asks(text: str) -> bool:
    """Return whether a stop word is a question, such as `arrêt ?` for a bus; `STOP?` is none."""
    return any(mark in text for mark in "?؟？") and folded(text) not in _ALSO_ASKED


def _says_stop(text: str) -> bool:
    if len(text) > _MAX_CHARACTERS:
        return False
    parts = [*_ENDS.split(text), ""]
    said = [
        (words, "?" in mark or "؟" in mark)
        for part, mark in zip(parts[::2], parts[1::2], strict=True)
        if (words := folded(part))
    ]
    rest = [(words, asks) for words, asks in said if words not in GREETINGS and words not in POLITE]
    for words, asks in rest:
        if _ON_A_CARD.fullmatch(words):
            return False
        if _pattern(alone=False).fullmatch(words) and (not asks or words.startswith(_REQUESTS)):
            return True
    return len(rest) == 1 and not rest[0][1] and _pattern(alone=True).fullmatch(rest[0][0]) is not None


# In the form of `folded`.
_ALSO_ASKED = ("stop", "unsubscribe", "opt out", "unsubscribe me")
_REQUESTS = ("can you", "could you", "would you", "will you", "please", "puede", "podria", "pode", "pouvez", "konnen")
_FILLERS = {
    "en": r"(?:please|pls|plz|kindly|just|now|right now|immediately|at once|already|today|hey|hi|hello|ok|okay|sir"
    "|madam|"
    r"thanks|thank you|again|any ?more|forever|at all|from now on|i beg(?: you)?|abeg|(?:can|could|would|will) you|"
    r"i said|i told you to|for the last time)",
    "es": r"(?:por favor|porfavor|porfa|ya|hola|gracias|buenas|buenos dias|ahora|les pido que|puede[ns]?|podrian?)",
    "pt": r"(?:por favor|pfv|ja|ola|oi|obrigad[oa]|agora|favor|gentileza|podem?|poderiam?)",
    "fr": r"(?:s il vous plait|s il te plait|svp|stp|merci|merci de|bonjour|veuillez|maintenant|pouvez vous)",
    "de": r"(?:bitte|jetzt|sofort|danke|hallo|endlich|guten tag|konnen sie)",
    "it": r"(?:per favore|perfavore|adesso|subito|grazie|ciao|salve|buongiorno|vi prego|ora)",
}
_MESSAGES = {
    "en": r"(?:messages?|msgs?|texts?|text messages|sms|adverts?|ads|advertis(?:ing|ements?)|promos?|promotions?|spam|"
    r"broadcasts?|marketing|newsletters?|whatsapps?|notifications|(?:marketing|promotional|promo|spam|advertising|"
    r"whatsapp|broadcast) (?:messages?|msgs?|texts?|stuff|offers))",
    "es": r"(?:mensajes?|msjs?|publicidad|propaganda|promociones|promos|spam|anuncios|whatsapps?)",
    "pt": r"(?:mensagens?|mensagem|msgs?|propagandas?|publicidade|promocoes|spam|anuncios|whatsapps?)",
    "fr": r"(?:messages?|sms|pubs?|publicites?|promotions?|promos?|spams?|notifications|whatsapps?)",
    "de": r"(?:nachrichten?|werbung|werbenachrichten|sms|newsletter|spam|whatsapps?)",
    "it": r"(?:messagg[io]|pubblicita|promozioni|promo|sms|spam|whatsapp)",
}
_SUCH = {
    "en": r"(?:(?:any|all|these|this|those|your|the|such|more|so many|of|further|stupid|annoying|unwanted|kind of) )*",
    "es": r"(?:(?:mas|sus?|tus?|estos?|esos?|tantos?|los|la|de|tanta|esta|esa) )*",
    "pt": r"(?:(?:mais|suas?|seus?|essas?|esses?|estas?|estes?|tantas?|as|os|de) )*",
    "fr": r"(?:(?:des?|vos|tes|ces|ce|les|la|vot?re|tous|toutes|autant|d|genre|cette) )*",
    "de": r"(?:(?:diese|eure|ihre|die|weitere[n]?|so viele?|standig|immer) )*",
    "it": r"(?:(?:altri|piu|questi|i|vostri|tutti|la|questa|vostra|di|tanti) )*",
}
_ON_A_CARD = re.compile(  # a text for a cake or a bunch of flowers
    r"(?:i|we) (?:do not|don t|dont) (?:want|need) (?:(?:any|the) )?(?:text|message|msg)"
    r"|no (?:quiero|deseo) (?:el )?(?:mensaje|msj)|(?:eu )?nao quero (?:a )?(?:mensagem|msg)"
    r"|je (?:ne )?veux pas (?:de |le )?message|(?:ich )?(?:mochte|will|wunsche) keine nachricht"
    r"|non (?:voglio|desidero) (?:il )?messaggio"
)
_ANYWHERE = {  # orders, in a sentence of a message that may have others
    "en": (
        r"(?:stop|quit|cease) (?:sending|texting|messaging|spamming)(?: to)?(?: (?:me|us|my (?:phone|number|line)))?"
        r"(?: with)?(?: {such}{messages})?(?: to (?:me|us|this number|my (?:number|phone|line|whatsapp)))?",
        r"stop (?:contacting|bothering|disturbing|harassing|writing(?: to)?|whatsapping) (?:me|us)"
        r"(?: with {such}{messages})?",
        r"stop {such}{messages}(?: to (?:me|us|this number|my (?:number|phone|line)))?",
        r"(?:do not|don t|dont|never) (?:ever )?(?:text|message|msg|spam|write(?: to)?|contact) (?:me|us) "
        r"(?:again|any ?more|ever again)",
        r"(?:do not|don t|dont|never) (?:ever )?send (?:me|us) {such}{messages} (?:again|any ?more|ever again)",
        r"(?:remove|delete|take) (?:me|us|my number|this number) (?:from|off)(?: of)? (?:(?:your|this|all your) "
        r"(?:{kinds} )?|the {kinds} )(?:lists?|contacts|broadcasts?|database)",
        r"(?:unsubscribe(?: (?:me|us|my number|this number))?|opt (?:me|us|my number|this number) out)"
        r"(?: (?:from|of) {all})?",
        r"(?:i|we) (?:really )?(?:want|would like|d like|wish|need) to (?:(?:unsubscribe|opt out|be unsubscribed)"
        r"(?: (?:from|of) {all})?|be removed "
        r"from your (?:mailing |broadcast |contact )?list|stop (?:receiving|getting) {such}{messages})(?: from you)?",
        r"(?:i|we) (?:do not|don t|dont|no longer) (?:want|wish|like)(?: to)?(?: (?:receive|get|be getting|see))? "
        r"{such}{messages} from you(?: any ?more| again)?",
        r"(?:i|we) (?:do not|don t|dont|no longer) (?:want|wish)(?: to)? (?:receive|get) {such}{messages}",
    ),
    "es": (
        r"(?:dejen?|deja|dejad|paren?|parad|para) de (?:escribir(?:me|nos)|mandar(?:me|nos)|enviar(?:me|nos)|"
        r"molestar(?:me|nos)?|contactar(?:me|nos)|(?:escribir|mandar|enviar)(?= .*{messages}))(?: {such}{messages})?",
        r"no (?:me|nos) (?:escriban?|escribas|molesten?|molestes|contacten?|contactes) (?:mas|nunca mas)"
        r"(?: {such}{messages})?",
        r"no (?:me|nos) (?:manden?|mandes|envien?|envies) (?:nunca )?{such}{messages}",
        r"(?:ya )?no (?:quiero|deseo) (?:recibir )?{such}{messages}(?: (?:de ustedes|suyos))?",
        r"(?:quiero|deseo|quisiera|necesito) (?:(?:darme de baja|desuscribirme)(?: de {such}{messages})?"
        r"|dejar de recibir {such}{messages})",
        r"(?:borren?me|eliminen?me|quiten?me|saquen?me|elimina me) de (?:su|la|tu|esta) lista(?: de (?:difusion"
        r"|contactos|envios?|distribucion|correos?|mensajes|whatsapp|promociones|publicidad|clientes))?",
        r"(?:basta|no mas) {such}{messages}",
    ),
    "pt": (
        r"(?:parem?|para|deixem?) de (?:me )?(?:mandar|enviar|escrever|incomodar|perturbar)(?:(?: me| pra mim"
        r"| para mim)?"
        r" {such}{messages}| me| (?:pra|para) mim)",
        r"(?:parem?|para|deixem?) de me (?:mandar|escrever|incomodar|perturbar)",
        r"nao (?:me )?(?:escreva|escrevam|perturbe|perturbem)(?: me)? mais(?: {such}{messages})?",
        r"nao (?:me )?(?:mande|mandem|manda|envie|enviem)(?: me)? {such}{messages}",
        r"(?:eu )?nao quero (?:mais )?(?:receber )?{such}{messages}(?: (?:de voces|mais))?",
        r"(?:me )?(?:tire|tira|tirem|remova|remove|removam|retire|exclua)(?: me)? d(?:a|e|essa|esta)(?: sua)? lista"
        r"(?: de (?:transmissao|difusao|contatos|envios?|mensagens|whatsapp|promocoes|emails?))?",
        r"chega de {such}{messages}",
    ),
    "fr": (
        r"(?:arretez?|cessez|stoppez|stop) (?:de )?(?:me |m |nous )(?:envoyer|ecrire|contacter|spammer|deranger"
        r"|harceler|"
        r"solliciter|envoyez|ecrivez)(?: {such}{messages})?",
        r"arretez? (?:d envoyer|d ecrire|avec|de spammer)(?: {such}{messages})?",
        r"(?:arretez?|stop|stoppez) (?:avec )?{such}{messages}",
        r"(?:ne )?(?:m|me|nous) (?:ecrivez|ecris|contactez|contacte|derangez) (?:plus|plus jamais)"
        r"(?: {such}{messages})?",
        r"(?:ne )?(?:m|me|nous) (?:envoyez|envoie|envoies) (?:plus|plus jamais) {such}{messages}",
        r"ne (?:m|nous) (?:envoyez|envoie) pas {such}{messages}",
        r"je (?:ne (?:veux|souhaite|desire) plus(?: recevoir)?|(?:ne )?(?:veux|souhaite|desire) (?:pas(?: recevoir)?"
        r"|plus recevoir)) {such}{messages}",
        r"(?:supprimez|retirez|enlevez)(?: moi| mon numero) de (?:votre|la|vos|cette) listes?"
        r"(?: de (?:diffusion|contacts?|distribution|mailing))?",
        r"je (?:veux|souhaite|voudrais) me (?:desabonner|desinscrire)",
    ),
    "de": (
        r"(?:hort|hor|horen sie) (?:bitte )?(?:damit )?auf(?: (?:mir|uns|mich))? {such}(?:{messages} )?zu "
        r"(?:schreiben|schicken|senden|belastigen|kontaktieren)",
        r"(?:schreibt|schreiben sie|schreib) (?:mir|uns) (?:bitte )?nicht mehr",
        r"keine (?:weiteren {messages}|{messages} mehr)",
        r"(?:schickt|schicken sie|schick|sendet|senden sie|schreibt|schreiben sie|schreib) (?:mir|uns) (?:bitte )?"
        r"(?:nie wieder|nichts mehr|keine (?:weiteren |mehr )?{messages}(?: mehr)?)",
        r"(?:ich )?(?:mochte|will|wunsche) keine (?:weiteren )?{messages}(?: (?:mehr|von ihnen|von euch))*"
        r"(?: (?:erhalten|bekommen|haben))?",
        r"ich (?:mochte|will) mich (?:bitte )?(?:abmelden|austragen)",
        r"(?:nehmt|nehmen sie|streicht|streichen sie) mich (?:bitte )?(?:aus|von) (?:der|ihrer|eurer) (?:liste"
        r"|verteilerliste)",
    ),
    "it": (
        r"(?:smettete|smettetela|smettila|smetta|basta|finitela) di (?:mandarmi|inviarmi|scrivermi|contattarmi"
        r"|disturbarmi)"
        r"(?: {such}{messages})?",
        r"non (?:scrivetemi|contattatemi|scrivermi|contattarmi) piu(?: {such}{messages})?",
        r"non (?:mandatemi|inviatemi|mandarmi|inviarmi) {such}{messages}",
        r"non (?:voglio|desidero) (?:piu )?(?:ricevere )?{such}{messages}",
        r"(?:cancellatemi|toglietemi|rimuovetemi|eliminatemi) dalla (?:vostra |tua )?lista",
    ),
}
_KINDS = r"(?:mailing|broadcast|contact|marketing|whatsapp|message|messaging|sms)"
_EVERYTHING = (
    rf"(?:{{such}}{{messages}}|this|it|these|everything|all(?: of (?:this|these|it))?"
    rf"|(?:your|this|the) (?:{_KINDS} )?(?:lists?|service))"
)
_ALONE = {  # what may be about something else where more is said
    "en": (
        r"(?:do not|don t|dont) (?:text|message|msg|spam|bother|disturb) (?:me|us)",
        r"(?:do not|don t|dont) send (?:me|us) {such}{messages}",
        r"(?:i|we) (?:do not|don t|dont) (?:want|need) {such}{messages}",
        r"leave me alone",
        r"no more {such}{messages}(?: from you)?",
    ),
    "es": (r"no (?:me|nos) (?:escriban?|molesten?|contacten?)",),
    "pt": (r"nao (?:me )?(?:perturbe|perturbem|incomode|incomodem)",),
    "fr": (r"laissez moi tranquille",),
    "de": (r"lasst mich in ruhe", r"lassen sie mich in ruhe"),
    "it": (r"lasciatemi in pace", r"non disturbatemi"),
}


@lru_cache(maxsize=2)
def _pattern(*, alone: bool) -> re.Pattern[str]:
    ways = _ALONE if alone else _ANYWHERE
    return re.compile("|".join(_expanded(language, way) for language, of in ways.items() for way in of))


def _expanded(language: str, way: str) -> str:
    way = way.replace("{all}", _EVERYTHING).replace("{kinds}", _KINDS)
    way = way.replace("{such}", _SUCH[language]).replace("{messages}", _MESSAGES[language])
    filler = _FILLERS[language]
    return rf"(?:{filler} )*(?:{way})(?: {filler})*"
