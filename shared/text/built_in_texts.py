"""Parley's built-in texts in English, Spanish, Portuguese and French. Data.

The English texts are the defaults of a workspace's fields (`shared.workspace.config`). A workspace's own text is sent
unchanged in every language; a default text is sent in the customer's language if the workspace's `languages` has it.
"""

from shared.text.language import reply_language as reply_language

TEXTS: dict[str, dict[str, str]] = {
    "apology": {
        "en": "Sorry, I can't answer that right now. A colleague will get back to you here.",
        "es": "Lo siento, ahora mismo no puedo responder a eso. Alguien de nuestro equipo te escribirá por aquí.",
        "pt": "Desculpe, não consigo responder a isso agora. Alguém da nossa equipe vai falar com você por aqui.",
        "fr": "Désolé, je ne peux pas répondre à cela pour le moment. Un collègue vous répondra ici.",
    },
    "no_answer": {
        "en": "I don't know that one. A colleague will get back to you here.",
        "es": "Eso no lo sé. Alguien de nuestro equipo te escribirá por aquí.",
        "pt": "Isso eu não sei. Alguém da nossa equipe vai falar com você por aqui.",
        "fr": "Je ne connais pas la réponse. Un collègue vous répondra ici.",
    },
    "handoff_reply": {
        "en": "A colleague will be with you here shortly.",
        "es": "Alguien de nuestro equipo te atenderá por aquí en breve.",
        "pt": "Alguém da nossa equipe vai atender você por aqui em breve.",
        "fr": "Un collègue va vous répondre ici sous peu.",
    },
    "limited": {
        "en": "That was a lot at once. Please wait a minute before you write again.",
        "es": "Fueron muchos mensajes a la vez. Espera un minuto antes de volver a escribir, por favor.",
        "pt": "Foram muitas mensagens de uma vez. Espere um minuto antes de escrever de novo, por favor.",
        "fr": "Cela fait beaucoup de messages d'un coup. Merci d'attendre une minute avant d'écrire à nouveau.",
    },
    "unsupported": {
        "en": "Sorry, I can't read this kind of message. Please write it as text.",
        "es": "Lo siento, no puedo leer este tipo de mensaje. Escríbelo como texto, por favor.",
        "pt": "Desculpe, não consigo ler esse tipo de mensagem. Escreva como texto, por favor.",
        "fr": "Désolé, je ne peux pas lire ce type de message. Merci de l'écrire en texte.",
    },
    "away": {
        "en": "Nobody is here right now. We are back {opens} and will answer then.",
        "es": "Ahora mismo no hay nadie. Volvemos {opens} y te responderemos entonces.",
        "pt": "No momento não há ninguém aqui. Voltamos {opens} e respondemos então.",
        "fr": "Personne n'est là pour le moment. Nous serons de retour {opens} et vous répondrons alors.",
    },
    "stopped": {
        "en": "You will get no more messages from us. Write START to undo this.",
        "es": "Ya no recibirás más mensajes nuestros. Escribe ALTA para deshacerlo.",
        "pt": "Você não vai mais receber mensagens nossas. Escreva VOLTAR para desfazer isso.",
        "fr": "Vous ne recevrez plus de messages de notre part. Écrivez REPRENDRE pour revenir en arrière.",
    },
    "started": {
        "en": "Welcome back. You get our messages again.",
        "es": "Qué bueno tenerte de vuelta. Vuelves a recibir nuestros mensajes.",
        "pt": "Que bom ter você de volta. Você volta a receber nossas mensagens.",
        "fr": "Bon retour parmi nous. Vous recevez de nouveau nos messages.",
    },
}
"""By the name of the workspace's field, then by language."""

ENGLISH = {name: texts["en"] for name, texts in TEXTS.items()}
GREETING = {
    "en": "Hello! How can we help you?",
    "es": "¡Hola! ¿En qué podemos ayudarte?",
    "pt": "Olá! Como podemos ajudar você?",
    "fr": "Bonjour ! Comment pouvons-nous vous aider ?",
}
"""Answer to a greeting where no flow, shop or model has one."""
SOON = {"en": "soon", "es": "pronto", "pt": "em breve", "fr": "bientôt"}


def localized(name: str, written: str, language: str) -> str:
    """Return the text of a workspace's field `name` in a language. written: the field's value. language: see
    `reply_language`.
    """
    if written != ENGLISH[name]:
        return written
    return TEXTS[name].get(language, written)
