"""Apache Kafka with TLS and a CA made here: one listener requires certificates, another one passwords."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devtools.stack.kafka import ApacheKafka
from devtools.stack.kafka_prepared import prepared_files
from devtools.stack.ports import Ports

USER, PASSWORD = "parley", "kafka-password-1"
_JAAS = "org.apache.kafka.common.security"
_LISTENERS = """
listeners=BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},CERTIFIED://127.0.0.1:{certified},NAMED://127.0.0.1:{named}
advertised.listeners=BROKER://127.0.0.1:{port},CERTIFIED://127.0.0.1:{certified},NAMED://127.0.0.1:{named}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,CERTIFIED:SSL,NAMED:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.certified.ssl.client.auth=required
listener.name.named.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.named.plain.sasl.jaas.config={jaas}.plain.PlainLoginModule required user_{user}="{password}";
listener.name.named.scram-sha-512.sasl.jaas.config={jaas}.scram.ScramLoginModule required;
"""


@dataclass(frozen=True)
class Authority:
    """A CA, and what it has signed: PEM files. server: key and certificate in one file, as Kafka wants them."""

    ca: str
    server: str
    cert: str
    key: str


class SecuredKafka(ApacheKafka):
    """Also listens on `certified` (TLS with certificates of both sides) and `named` (TLS with a password)."""

    def __init__(self, authority: Authority, ports: Ports, *, java: str, libs: Path, at: Path, env: Mapping[str, str]):
        self.authority = authority
        self.certified, self.named = (f"127.0.0.1:{ports.get(name)}" for name in ("certified", "named"))
        port, controller = ports.get("kafka"), ports.get("kafka-controller")
        log, data = at / "kafka.log", at / "kafka"
        super().__init__(
            java=java,
            libs=libs,
            data=data,
            port=port,
            controller_port=controller,
            log=log,
            env=env,
            prepared_files=prepared_files(java, libs),
        )

    def prepare(self) -> None:
        super().prepare()
        lines = _LISTENERS.format(
            port=self.port,
            controller_port=self._controller_port,
            certified=self.certified.rpartition(":")[2],
            named=self.named.rpartition(":")[2],
            server=self.authority.server,
            ca=self.authority.ca,
            jaas=_JAAS,
            user=USER,
            password=PASSWORD,
        )
        with self._config.open("a") as file:  # of two lines for the same, the later one counts
            file.write(lines)

    def add_user(self) -> None:
        """Make the user known for SCRAM; PLAIN's is in the properties."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        admin = AdminClient({"bootstrap.servers": self.address})
        for done in admin.alter_user_scram_credentials([change]).values():
            done.result(20)


def make_authority(folder: Path, name: str = "ca") -> Authority:
    """A CA of its own, a certificate for 127.0.0.1, and one for a client. name: of the CA."""
    folder.mkdir()
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _signed(name, ca_key, name, ca_key, is_ca=True)
    files = {}
    for role in ("server", "client"):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(role, key, name, ca_key)
        files[role] = (_private(key), certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(
        ca=_written(folder / "ca.crt", ca.public_bytes(serialization.Encoding.PEM)),
        server=_written(folder / "server.pem", b"".join(files["server"])),
        cert=_written(folder / "client.crt", files["client"][1]),
        key=_written(folder / "client.key", files["client"][0]),
    )


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, by_key: ec.EllipticCurvePrivateKey, *, is_ca: bool = False
) -> x509.Certificate:
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(here, critical=False)
        .sign(by_key, hashes.SHA256())
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)
