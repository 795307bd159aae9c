"""What every tool of the editor works with, so that it is handed on as one thing."""

from dataclasses import dataclass

from app.commands import Commands
from app.prompts import Prompts
from app.runners import Runners
from app.session import Session
from app.settings import Settings
from app.theme import ThemeKeeper


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """The document, and who changes it, works, asks and remembers.

    Attributes:
        session: what is edited.
        commands: what can be done to it.
        runners: where long work is done.
        themes: how all windows look.
        prompts: who asks the user for files.
        settings: what is remembered.
    """

    session: Session
    commands: Commands
    runners: Runners
    themes: ThemeKeeper
    prompts: Prompts
    settings: Settings
