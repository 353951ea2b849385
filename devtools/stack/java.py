"""Find Java and its version."""

import re
import shutil
import subprocess

from devtools.stack.errors import StackError

MINIMUM = 17


def find_java() -> str:
    """Return the `java` program, at least version 17. StackError names the problem."""
    java = shutil.which("java")
    if java is None:
        raise StackError("Java is not installed")
    try:
        out = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=15, check=True).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"`java -version` fails: {error}") from error
    version = java_version(out)
    if version < MINIMUM:
        raise StackError(f"Java {version} is too old, {MINIMUM} is needed")
    return java


def java_version(text: str) -> int:
    """Return 17 for `openjdk version "17.0.15" …`, 8 for `java version "1.8.0_442"`, 0 if there is no version."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else 0
