"""Formats of short texts in workspace files, as patterns and as error messages."""

NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
FIELD_NAME = r"^[^.$\x00][^.\x00]{0,99}$"  # as MongoDB takes names
PROVIDER_ID = r"^\d{5,25}$"
ACCOUNT_SID = r"^AC[0-9a-fA-F]{32}$"
CURRENCY = r"^[A-Z]{3}$"
SHOP_CURRENCY = r"^([A-Z]{3})?$"
REGION = r"^([A-Z]{2})?$"
LANGUAGE = r"^[a-z]{2,3}$"
TEMPLATE_LANGUAGE = r"^[a-z]{2,3}(_[A-Z]{2})?$"
HOST = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$"
CONTENT_SID = r"^(HX[0-9a-fA-F]{32})?$"
VISIBLE = r"^[!-~]+$"
SPAN = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"

IN_WORDS = {
    NAME: "a name has lower-case letters, digits, - and _, at most 63, and begins with a letter or digit",
    FIELD_NAME: "a field's name has no full stop and does not begin with $",
    PROVIDER_ID: "is a number of 5 to 25 digits that the provider gives, not the phone number",
    ACCOUNT_SID: "is AC and 32 digits or letters a to f, as Twilio's console shows it",
    CURRENCY: "a currency is three capitals, such as USD",
    SHOP_CURRENCY: "a currency is three capitals, such as USD",
    REGION: "a region is two capitals, such as NG",
    LANGUAGE: "a language is two or three small letters, such as en",
    TEMPLATE_LANGUAGE: "a language of a template is written as en or pt_BR",
    HOST: "a host is written as shop.example.com, in small letters, without https:// and path",
    CONTENT_SID: "is HX and 32 digits or letters a to f, as Twilio's console shows it",
    VISIBLE: "has visible characters of ASCII only: it travels in a header",
    SPAN: "hours are written as 09:00-17:30, or until 24:00",
}
