"""Where Kafka is, and how it is spoken to: in the clear or by TLS, as nobody, with a certificate or with a password.

Source of the options: aiokafka's `AIOKafkaClient`; Kafka's own names for protocols and mechanisms.
"""

import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from shared.settings import SaslMechanism, SecurityProtocol, Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Brokers:
    """servers: `host:port`, several separated by commas. ca_file: whom to believe, empty: whom the system does.

    cert_file, key_file: who we are, for brokers that ask for certificates. mechanism, username, password: of SASL.
    """

    servers: str
    protocol: SecurityProtocol = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def by_tls(self) -> bool:
        """Whether what is said is encrypted."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def by_name(self) -> bool:
        """Whether a name and a password are asked for."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def options(self) -> dict[str, Any]:
        """What each of aiokafka's clients is given. Raises SettingsError: a certificate or a key cannot be read."""
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": self.protocol,
            "ssl_context": self.tls(),
            **(
                {
                    "sasl_mechanism": self.mechanism,
                    "sasl_plain_username": self.username,
                    "sasl_plain_password": self.password,
                }
                if self.by_name
                else {}
            ),
        }

    def tls(self) -> ssl.SSLContext | None:
        """How TLS is spoken; None: it is not. Host names are checked. Raises SettingsError."""
        return _context(self.ca_file, self.cert_file, self.key_file) if self.by_tls else None


def brokers_of(settings: Settings) -> Brokers:
    """Those that the environment names. Raises SettingsError: a certificate or a key cannot be read."""
    brokers = Brokers(
        settings.kafka_bootstrap_servers,
        protocol=settings.kafka_security_protocol,
        ca_file=settings.kafka_ssl_ca_file,
        cert_file=settings.kafka_ssl_cert_file,
        key_file=settings.kafka_ssl_key_file,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password.get_secret_value(),
    )
    brokers.tls()
    return brokers


@cache
def _context(ca_file: str, cert_file: str, key_file: str) -> ssl.SSLContext:
    """One for all connections of a process: to make one anew takes some 20 ms."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        if cert_file:
            context.load_cert_chain(cert_file, key_file)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        files = ", ".join(filter(None, (ca_file, cert_file, key_file)))
        raise SettingsError(f"KAFKA_SSL_*: a certificate or a key cannot be read ({files}): {error}") from None
    return context
