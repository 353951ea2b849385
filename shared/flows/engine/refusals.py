"""Texts that refuse a customer's answer to a question of a flow, in English, Spanish, Portuguese and French. Data.

Sent where the question has no `reprompt` of its own, in the language in which the customer is answered.
"""

REFUSALS: dict[str, dict[str, str]] = {
    "choose": {
        "en": "Please choose one of these.",
        "es": "Elige una de estas opciones, por favor.",
        "pt": "Escolha uma destas opções, por favor.",
        "fr": "Merci de choisir l'une de ces options.",
    },
    "pattern": {
        "en": "That does not look right. Please check it and write it again.",
        "es": "Eso no parece correcto. Revísalo y escríbelo de nuevo, por favor.",
        "pt": "Isso não parece certo. Confira e escreva de novo, por favor.",
        "fr": "Cela ne semble pas correct. Merci de vérifier et de l'écrire à nouveau.",
    },
    "text": {
        "en": "Please answer with a text.",
        "es": "Responde con un texto, por favor.",
        "pt": "Responda com um texto, por favor.",
        "fr": "Merci de répondre par un texte.",
    },
    "short": {
        "en": "That is too short. Please write at least {least} characters.",
        "es": "Es demasiado corto. Escribe al menos {least} caracteres, por favor.",
        "pt": "É curto demais. Escreva pelo menos {least} caracteres, por favor.",
        "fr": "C'est trop court. Merci d'écrire au moins {least} caractères.",
    },
    "long": {
        "en": "That is too long. Please write at most {most} characters.",
        "es": "Es demasiado largo. Escribe como máximo {most} caracteres, por favor.",
        "pt": "É longo demais. Escreva no máximo {most} caracteres, por favor.",
        "fr": "C'est trop long. Merci d'écrire au plus {most} caractères.",
    },
    "number": {
        "en": "Please write a number{between}.",
        "es": "Escribe un número{between}, por favor.",
        "pt": "Escreva um número{between}, por favor.",
        "fr": "Merci d'écrire un nombre{between}.",
    },
    "integer": {
        "en": "Please write a whole number{between}.",
        "es": "Escribe un número entero{between}, por favor.",
        "pt": "Escreva um número inteiro{between}, por favor.",
        "fr": "Merci d'écrire un nombre entier{between}.",
    },
    "date": {
        "en": "Please write a date, such as 24 March or 24/03.",
        "es": "Escribe una fecha, como 24 de marzo o 24/03.",
        "pt": "Escreva uma data, como 24 de março ou 24/03.",
        "fr": "Merci d'écrire une date, comme 24 mars ou 24/03.",
    },
    "early": {
        "en": "Please write a date from {least} on.",
        "es": "Escribe una fecha a partir del {least}, por favor.",
        "pt": "Escreva uma data a partir de {least}, por favor.",
        "fr": "Merci d'écrire une date à partir du {least}.",
    },
    "late": {
        "en": "Please write a date up to {most}.",
        "es": "Escribe una fecha hasta el {most}, por favor.",
        "pt": "Escreva uma data até {most}, por favor.",
        "fr": "Merci d'écrire une date jusqu'au {most}.",
    },
    "email": {
        "en": "Please write one e-mail address, such as ada@example.com.",
        "es": "Escribe una dirección de correo, como ada@example.com.",
        "pt": "Escreva um endereço de e-mail, como ada@example.com.",
        "fr": "Merci d'écrire une adresse e-mail, comme ada@example.com.",
    },
    "phone": {
        "en": "Please write a phone number with its country code; {reason}.",
        "es": "Escribe un número de teléfono con el código del país, por favor.",
        "pt": "Escreva um número de telefone com o código do país, por favor.",
        "fr": "Merci d'écrire un numéro de téléphone avec l'indicatif du pays.",
    },
}
"""By what is wrong, then by language. {between}: see `BETWEEN`; {reason}: English."""

BETWEEN: dict[str, dict[str, str]] = {
    "both": {
        "en": " from {least} to {most}",
        "es": " entre {least} y {most}",
        "pt": " entre {least} e {most}",
        "fr": " entre {least} et {most}",
    },
    "least": {
        "en": " of at least {least}",
        "es": " de al menos {least}",
        "pt": " de pelo menos {least}",
        "fr": " d'au moins {least}",
    },
    "most": {
        "en": " of at most {most}",
        "es": " de como máximo {most}",
        "pt": " de no máximo {most}",
        "fr": " d'au plus {most}",
    },
}
"""Limits of a number within a refusal."""


def refusal(name: str, language: str, **values: object) -> str:
    """Return the text of a refusal, filled in; English in a language that has none."""
    return _in(REFUSALS[name], language).format(**values)


def between(least: str | None, most: str | None, language: str) -> str:
    """Return the limits of a number within a refusal; empty: there are none."""
    if least is None and most is None:
        return ""
    name = "both" if least is not None and most is not None else "least" if least is not None else "most"
    return _in(BETWEEN[name], language).format(least=least, most=most)


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language, texts["en"])
