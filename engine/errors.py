"""The errors a user can meet: one root, few children.

Every message says what was given, what was expected and what to do; the window
shows it as it is and the command line prints it and exits with 2.
"""


class LineamentError(Exception):
    """Root of every error that is the user's to read."""


class InputError(LineamentError):
    """A file or a value from outside that cannot be used."""


class NotAHead(InputError):
    """A scan that could not be laid on a head: a cube, a room, a single triangle."""


class WeightsError(LineamentError):
    """A weights file that is missing, damaged or made for something else."""


class DocumentError(LineamentError):
    """A `.lineament` document that cannot be read or written."""


class Cancelled(LineamentError):
    """The user cancelled a long piece of work; nothing was changed."""
