"""Running programs as another system user than root, and the folders that user needs."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Runner:
    """The system user whom programs run as: PostgreSQL refuses to run as root."""

    home: Path
    uid: int
    gid: int
    #: Whether we are root and step down to that user.
    drops: bool

    @classmethod
    def of(cls, home: Path) -> Runner:
        """Return ourselves; for root the owner of the folder, or else `nobody`."""
        if os.geteuid() != 0:
            return cls(home, os.geteuid(), os.getegid(), drops=False)
        import pwd  # only where root exists

        existing = next(path for path in (home, *home.parents) if path.exists())
        owner = existing.stat().st_uid
        if owner != 0:
            try:
                entry = pwd.getpwuid(owner)
                return cls(home, entry.pw_uid, entry.pw_gid, drops=True)
            except KeyError:
                pass
        entry = pwd.getpwnam("nobody")
        return cls(home, entry.pw_uid, entry.pw_gid, drops=True)

    def make_folder(self, path: Path) -> bool:
        """Make a folder that only this user (and root) may enter; False: it is somebody else's."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        if self.drops:
            os.chown(path, self.uid, self.gid)
            let_pass(path)
            return True
        return path.stat().st_uid == self.uid

    def run(self, program: Path, *arguments: str) -> tuple[int, str]:
        """Run a program to its end; returns its exit code and what it said."""
        if self.drops:
            let_pass(self.home)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        # A file, not a pipe: what the program leaves running inherits it and would keep a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - our own programs with our own arguments
                [str(program), *arguments],
                env={**environment, "LC_ALL": "C"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                start_new_session=True,
                user=self.uid if self.drops else None,
                group=self.gid if self.drops else None,
                extra_groups=[] if self.drops else None,
            )
            output.seek(0)
            return done.returncode, output.read()


def let_pass(folder: Path) -> None:
    """Let another user walk through the folders above this one, without listing them."""
    for above in folder.parents:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)


def let_read(folder: Path, program: str) -> None:
    """Let another user run what is in a folder, also when it was installed with a strict umask.

    `program` is one of the files in it: if that can be run, all can.
    """
    let_pass(folder)
    if (folder / program).stat().st_mode & stat.S_IXOTH:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
