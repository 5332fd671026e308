"""Hosts of their own on this machine: network namespaces with a cable that can be pulled."""

import os
import subprocess
from itertools import count

from tests.faults.service import Absent, binary

NETWORK = "198.18.77"
"""Set aside for tests by RFC 2544."""
_numbers = count()


class Host:
    """A network namespace, joined to this machine by a pair of interfaces.

    Raises
    ------
    Absent
        Where the machine makes none.
    """

    def __init__(self) -> None:
        number = next(_numbers)
        if os.geteuid() != 0:
            raise Absent("only root may make network namespaces")
        self._ip = binary("ip", "/usr/sbin", "/sbin")
        self.name = f"throughline{os.getpid()}x{number}"
        self.cable = f"tl{os.getpid() % 100_000}x{number}"
        self.here, self.there = (f"{NETWORK}.{4 * number + side}" for side in (1, 2))
        """Addresses of this machine and of the host on the cable."""
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self.remove()
            raise Absent(f"this machine makes no network namespaces: {error.stderr}") from error

    @property
    def prefix(self) -> list[str]:
        """What a command begins with that is to run there."""
        return [self._ip, "netns", "exec", self.name]

    def cut(self) -> None:
        """Pull the cable: nothing gets through, and nobody is told."""
        self._do("link", "set", self.cable, "down")

    def mend(self) -> None:
        """Plug it in again."""
        self._do("link", "set", self.cable, "up")

    def remove(self) -> None:
        """Take the host away."""
        for words in (("netns", "delete", self.name), ("link", "delete", self.cable)):
            subprocess.run([self._ip, *words], capture_output=True, check=False)

    def _make(self) -> None:
        inner = f"{self.cable}i"
        self._do("netns", "add", self.name)
        self._do("link", "add", self.cable, "type", "veth", "peer", "name", inner)
        self._do("link", "set", inner, "netns", self.name)
        self._do("address", "add", f"{self.here}/30", "dev", self.cable)
        self._do("link", "set", self.cable, "up")
        for words in (
            ("address", "add", f"{self.there}/30", "dev", inner),
            ("link", "set", inner, "up"),
            ("link", "set", "lo", "up"),
        ):
            self._do("-netns", self.name, *words)

    def _do(self, *words: str) -> None:
        subprocess.run([self._ip, *words], check=True, capture_output=True, text=True)
