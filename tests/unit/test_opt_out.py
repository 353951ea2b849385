"""Customers who want no more messages are understood in many languages; nobody else is opted out."""

import pytest

from shared.text import opt_out
from shared.text.opt_out import asks_for_no_messages, languages_without_stop_word

STOPS = (
    "stop",
    "STOP!",
    "Stop sending messages",
    "please stop messaging me",
    "Stopp",
    "STOP MESSAGES PLEASE",
    "Stop sending me adverts",
    "Por favor dejen de escribirme",
    "pare de me mandar mensagem",
    "Abmelden",
    "إيقاف",
    "stop.",
    "Stop Promotions",
    "Hi, please stop texting me now",
    "Can you please stop sending me messages?",
    "Please stop. Don't message me again.",
    "take me off your list",
    "Remove my number from your mailing list please",
    "I don't want to receive messages from you anymore",
    "I no longer want to receive your promotional messages",
    "No more ads",
    "unsubscribe me from this",
    "opt me out",
    "Don't text me",
    "leave me alone!",
    "Hello. I am not interested. Stop sending me these messages.",
    "i want to unsubscribe",
    "stop spamming me",
    "stop spam",
    "No me manden más publicidad",
    "No quiero recibir mensajes",
    "Quiero darme de baja",
    "quítenme de su lista",
    "no me escriban más",
    "Parem de me mandar mensagens",
    "Não me mandem mais mensagens",
    "Não quero receber propaganda",
    "me tira da lista",
    "para de mandar mensagem",
    "Arrêtez de m'envoyer des messages svp",
    "Ne m'écrivez plus",
    "Je ne veux plus recevoir de pub",
    "retirez-moi de votre liste",
    "Stop aux messages",
    "arrêtez vos messages",
    "Hören Sie bitte auf, mir zu schreiben",
    "Schickt mir keine Werbung mehr",
    "Ich möchte keine Nachrichten mehr erhalten",
    "Smettete di mandarmi messaggi",
    "Non scrivetemi più",
    "non voglio più ricevere pubblicità",
    "बंद करो",
    "berhenti",
    "Sitisha",
    "daina",
    "durdur",
    "стоп",
    "退订",
    "停止",
    "중지",
    "dừng lại",
    "หยุด",
    "stop karo",
    "don't send me messages",
    "kindly stop sending me broadcast messages",
    "Acheni kunitumia ujumbe",
    "message band karo",
    "Bitte abmelden",
)

NO_STOPS = (
    "don't stop",
    "stop the timer at 5",
    "when does the bus stop",
    "is there a bus stop near you?",
    "How do I stop?",
    "please stop the order",
    "stop my subscription box",
    "stop delivery",
    "can you stop by?",
    "stop sending the parcel to my old address",
    "don't send messages to my wife",
    "never stop sending me messages",
    "please don't stop messaging me",
    "don't stop sending me messages",
    "stop payment",
    "do not send",
    "don't message the driver",
    "no more sugar",
    "I don't want messages on the cake",
    "remove me from the order",
    "take me to your list",
    "remove the oak from my list",
    "do you stop sending messages on Sunday?",
    "why did you stop sending me messages?",
    "Did you stop messages?",
    "stop sending messages?",
    "non stop",
    "I will stop at 5",
    "Stop! In the name of love",
    "full stop",
    "Stop sending it to Lagos",
    "send me messages",
    "You can stop now if the order is ready",
    "I don't want the blue one",
    "Don't send me the blue one",
    "no me manden el azul",
    "no quiero el rojo",
    "no me envie la factura",
    "pare em frente",
    "não quero o azul",
    "não me mande o boleto agora",
    "ne m'envoyez pas la facture",
    "je ne veux pas le rouge",
    "arrêtez la commande",
    "schickt mir keine Rechnung",
    "ich möchte keine Tasse",
    "non voglio il rosso",
    "Don't text me now, I'm driving. Call me",
    "Does the message stop when I pay?",
    "I want to stop receiving calls from the driver",
    "stop my order messages from going to mum",
    "delete my number from the order",
    "unsubscribe button does not work",
    "how do I unsubscribe",
    "is stop a keyword?",
    "no more messages on cups",
    "I want a stop sign",
    "stop watch",
    "stopwatch",
    "how much is the door stop",
    "Stop sending me the wrong size",
    "you never stop sending me the wrong things",
    "acha nikuulize",
    "if it rains stop sending the driver",
    "Don't bother",
    "don't contact my sister",
    "remove the messages from the card",
    "Please take this number: 0803",
    "I don't want to get texts printed",
    "Can I get messages?",
    "opt for the oak",
    "dejen de cobrarme",
    "paren el pedido",
    "para mi casa",
    "para de chover",
    "no más azúcar",
    "basta con dos",
    "chega amanhã",
    "plus de sucre",
    "stop la livraison",
    "keine Nüsse bitte",
    "hört sich gut an",
    "basta così",
    "停止营业了吗",
    "请问什么时候停止",
    "стоп линия у машины",
    "acha",
    "misa",
    "Huy",
    "dung",
    "band",
    "td",
)


@pytest.mark.parametrize("text", STOPS)
def test_wish_for_no_messages_is_understood(text: str) -> None:
    assert asks_for_no_messages(text)


@pytest.mark.parametrize("text", NO_STOPS)
def test_other_sentences_with_such_words_are_no_opt_out(text: str) -> None:
    assert not asks_for_no_messages(text)


@pytest.mark.parametrize("language", opt_out.STOP_WORDS)
def test_every_stop_word_of_a_language_counts(language: str) -> None:
    assert all(map(asks_for_no_messages, opt_out.STOP_WORDS[language]))


@pytest.mark.parametrize(
    ("before", "behind"), [("don't ", ""), ("", " coasters"), ("when will you ", "?"), ("never ", "")]
)
@pytest.mark.parametrize("text", ["stop", "stop sending messages", "stop messaging me", "stop these adverts"])
def test_order_within_a_sentence_is_no_opt_out(before: str, text: str, behind: str) -> None:
    assert not asks_for_no_messages(f"{before}{text}{behind}")


def test_long_texts_are_not_searched() -> None:
    assert not asks_for_no_messages("stop sending me messages " + "please " * 100)


def test_languages_without_a_stop_word_are_named() -> None:
    assert languages_without_stop_word(("en", "de-AT", "pt-BR", "is", "mi")) == ["is", "mi"]
