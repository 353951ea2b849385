"""Addresses and security options of the Kafka brokers.

The options are those of aiokafka's `AIOKafkaClient`; protocols and mechanisms have Kafka's names.
"""

import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from shared.kafka import closed_transports
from shared.settings import SaslMechanism, SecurityProtocol, Settings, SettingsError

closed_transports.install()  # here, as whoever connects to a broker needs its options


@dataclass(frozen=True, slots=True)
class Brokers:
    """The address of Kafka and the credentials for it. servers: `host:port`, separated by commas. ca_file: trusted CAs;
    empty: those of the system. cert_file, key_file: the client certificate. mechanism, username, password: of SASL.
    rest_wait: seconds for which they may keep a fetch while no records arrive.
    """

    servers: str
    protocol: SecurityProtocol = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    rest_wait: float = 2.0

    @property
    def uses_tls(self) -> bool:
        """Return whether connections are encrypted."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def uses_sasl(self) -> bool:
        """Return whether brokers ask for a name and a password."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of aiokafka's clients. Raises SettingsError when a certificate or key cannot be read."""
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
                if self.uses_sasl
                else {}
            ),
        }

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context, which checks host names; None without TLS. Raises SettingsError."""
        return _context(self.ca_file, self.cert_file, self.key_file) if self.uses_tls else None


def brokers_of(settings: Settings) -> Brokers:
    """Return the brokers of the settings. Raises SettingsError when a certificate or key cannot be read."""
    brokers = Brokers(
        settings.kafka_bootstrap_servers,
        protocol=settings.kafka_security_protocol,
        ca_file=settings.kafka_ssl_ca_file,
        cert_file=settings.kafka_ssl_cert_file,
        key_file=settings.kafka_ssl_key_file,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password.get_secret_value(),
        rest_wait=settings.kafka_rest_wait,
    )
    brokers.tls()
    return brokers


@cache
def _context(ca_file: str, cert_file: str, key_file: str) -> ssl.SSLContext:
    """Return one context for all connections of a process: making one takes some 20 ms."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        if cert_file:
            context.load_cert_chain(cert_file, key_file)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        files = ", ".join(filter(None, (ca_file, cert_file, key_file)))
        raise SettingsError(f"KAFKA_SSL_*: a certificate or a key cannot be read ({files}): {error}") from None
    return context
