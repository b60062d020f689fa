"""One tree of errors. The docstring of each class is its default message."""


class NotifierError(Exception):
    """something went wrong in the notifier"""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ConfigError(NotifierError):
    """the configuration cannot be used"""


class UsageError(NotifierError):
    """the command was called wrongly"""


class IntakeError(NotifierError):
    """the file cannot be read as a record or a notice"""


class UnknownOffice(IntakeError):
    """this is an old office file without text or table: save it as .docx, .xlsx or .pdf"""


class NeedsOffice(IntakeError):
    """it is read by LibreOffice, which takes more memory than this process has"""


class NeedsPictures(IntakeError):
    """it holds pictures of text, which are not read beside a notice: put it in by itself"""


class TimeNotUnderstood(IntakeError):
    """the text is not a time that can be trusted"""


class AmountNotUnderstood(IntakeError):
    """the text is not an amount that can be trusted"""


class LedgerError(NotifierError):
    """the ledger cannot be used"""


class LedgerHeld(LedgerError):
    """another daemon holds the ledger"""


class LedgerBusy(LedgerError):
    """another process is writing to the ledger"""


class BackupRefused(LedgerError, UsageError):
    """the backup would overwrite a file"""


class InboxAway(NotifierError):
    """the inbox cannot be written"""


class ChannelError(NotifierError):
    """the channel cannot be used"""


class RepliesRefused(ChannelError):
    """the service does not let its presses be heard"""


class TemplateFault(NotifierError):
    """a message template cannot be rendered"""
