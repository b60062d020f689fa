"""What a person types: parsed, given to the desk, printed. Heavy imports wait in the commands."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from notifier import __version__
from notifier.cli.shared import positive
from notifier.cli.speech import Parser, language_of, phrase, reason, speak
from notifier.errors import ConfigError, NotifierError, UsageError

_MODULES = {
    **dict.fromkeys(("read", "import", "simulate"), "files"),
    **dict.fromkeys(("agenda", "plan", "history", "status"), "report_commands"),
    **dict.fromkeys(("done", "skip", "resume", "snooze", "seen", "set", "drop"), "people"),
    "confirm": "comparisons",
    "files": "receipt_commands",
    **dict.fromkeys(("doubts", "settle"), "doubt_commands"),
    "metrics": "figure_commands",
    "silence": "silence_commands",
    "move-ledger": "ledger_moves",
    "template": "sheet",
    "watch": "watched",
    "web": "board_commands",
    "export": "workbook_export",
    **dict.fromkeys(("completion", "manual"), "shell_files"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 if all is fine, 1 for wrong data, 2 for wrong usage or config."""
    speak(language_of(sys.argv[1:] if arguments is None else arguments))
    parser, _ = command_parsers()
    options = parser.parse_args(arguments)
    if not getattr(options, "command", None):
        parser.print_help()
        return 2
    # commands print; only `run` logs
    logging.getLogger("notifier").addHandler(logging.NullHandler())
    try:
        module = import_module(f"notifier.cli.{_MODULES.get(options.command, 'commands')}")
        name = options.command.replace("-", "_")
        command = getattr(module, f"{name}_" if name in ("import", "set") else name)
        status: int = command(options)
        sys.stdout.flush()
        return status
    except (ConfigError, UsageError) as fault:
        return _complain(fault, 2)
    except NotifierError as fault:
        return _complain(fault, 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _complain(fault: NotifierError, status: int) -> int:
    for line in reason(str(fault)).splitlines():
        print(line, file=sys.stderr)
    return status


def command_parsers() -> tuple[Parser, Mapping[str, Parser]]:
    """Return the parser of the command line, and that of each command."""
    parser = Parser(
        prog="notifier",
        description=phrase("Reminds of the deadlines of Chinese land auctions."),
        add_help=False,
    )
    _add_help(parser)
    parser.add_argument(
        "--version",
        action="version",
        version=f"notifier {__version__}",
        help=phrase("print the version and exit"),
    )
    parser.add_argument(
        "-c",
        "--config",
        type=Path,
        metavar="FILE",
        help=phrase("default: config.toml, then /etc/notifier/config.toml"),
    )
    parser.add_argument(
        "--db", type=Path, metavar="FILE", help=phrase("another ledger than the config's")
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, words: str, *, data: bool = True) -> Parser:
        command = commands.add_parser(
            name, help=phrase(words), description=phrase(words), add_help=False
        )
        _add_help(command)
        command.set_defaults(command=name)
        if data:
            command.add_argument(
                "--json", action="store_true", help=phrase("print JSON for scripts")
            )
        return command

    init = add("init", "write a commented config.toml", data=False)
    init.add_argument(
        "--example",
        action="store_true",
        help=phrase("with an inbox whose auction closes within minutes"),
    )
    run = add("run", "the daemon", data=False)
    run.add_argument(
        "--with-board",
        action="store_true",
        help=phrase("with the board beside it, and a link to it"),
    )
    run.add_argument("--log-json", action="store_true", help=phrase("one JSON object a log line"))
    check = add(
        "check",
        "config, channels, inbox, ledger, daemon, clock: ok, or what is wrong and how to mend it",
    )
    check.add_argument(
        "--send", action="store_true", help=phrase("send a test message on each channel")
    )
    check.add_argument("--to", metavar="NAME", help=phrase("with --send: to this recipient alone"))
    check.add_argument(
        "--channel", metavar="NAME", help=phrase("with --send: on this channel alone")
    )
    read = add("read", "read files and print what is in them; store nothing")
    read.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help=phrase("a file, or - for standard input"),
    )
    read.add_argument(
        "--explain",
        action="store_true",
        help=phrase("for each time: by which rule, from which words"),
    )
    add("import", "read and store").add_argument("files", nargs="+", type=Path, metavar="FILE")
    template = add(
        "template", "write a sheet with the headings that are read, checked cells and an example"
    )
    template.add_argument("target", type=Path, metavar="FILE.xlsx")
    agenda = add("agenda", "the milestones ahead, soonest first")
    agenda.add_argument(
        "--days", type=positive, default=30, help=phrase("how far ahead (default 30)")
    )
    export = add("export", "the milestones ahead as a workbook for Excel and WPS")
    export.add_argument(
        "--xlsx",
        type=Path,
        required=True,
        metavar="FILE",
        help=phrase("the file, which is not there yet"),
    )
    export.add_argument(
        "--days", type=positive, default=365, help=phrase("how far ahead (default 365)")
    )
    add("plan", "the reminders ahead").add_argument(
        "--recipient", help=phrase("of this recipient alone")
    )
    simulate = add("simulate", "what would be sent, when, to whom, under a virtual clock")
    simulate.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help=phrase("none: what is in the ledger now, from now on"),
    )
    simulate.add_argument(
        "--from", dest="since", metavar="T", help=phrase("such as 2024-11-01T08:00 (default now)")
    )
    simulate.add_argument("--to", dest="until", required=True, metavar="T")
    simulate.add_argument(
        "--down", action="append", default=[], metavar="T..T", help=phrase("when no daemon runs")
    )
    simulate.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="CHANNEL=T..T",
        help=phrase("when a channel cannot be reached"),
    )
    for name, words in (
        ("done", "this milestone is done: no more reminders of it"),
        ("skip", "we are not bidding: no more reminders of the parcel"),
        ("resume", "undo done, skip or drop"),
    ):
        command = add(name, words)
        command.add_argument(
            "parcel", metavar="PARCEL", help=phrase("its number, or the end of it if unique")
        )
        command.add_argument(
            "milestone",
            nargs="?",
            metavar="MILESTONE",
            help=phrase("such as registration, or 报名"),
        )
        command.add_argument("--by", default="", help=phrase("who says so"))
    for name, words in (
        ("snooze", "remind me again later, at the latest at the last reminder before the deadline"),
        ("seen", "somebody works on it: nothing until shortly before the last reminder"),
    ):
        command = add(name, words)
        command.add_argument(
            "parcel", metavar="PARCEL", help=phrase("its number, or the end of it if unique")
        )
        command.add_argument(
            "milestone", metavar="MILESTONE", help=phrase("such as registration, or 报名")
        )
        if name == "snooze":
            command.add_argument(
                "--for",
                dest="wait",
                default="1h",
                metavar="SPAN",
                help=phrase("for how long, such as 30m or 2h (default 1h)"),
            )
        command.add_argument("--by", required=True, help=phrase("who says so"))
        command.add_argument(
            "--recipient", default="", help=phrase("whose reminders (default: those of --by)")
        )
    set_ = add("set", "say what a time is: it stands over whatever is read")
    which = "its number, or the end of it if unique; behind an @ which of several"
    set_.add_argument("parcel", metavar="PARCEL", help=phrase(which))
    set_.add_argument(
        "milestone", metavar="MILESTONE", help=phrase("such as registration, or 报名")
    )
    set_.add_argument(
        "time", nargs="?", metavar="TIME", help=phrase("such as 2026-12-02T17:00, or a day alone")
    )
    set_.add_argument("--none", action="store_true", help=phrase("there is no such time"))
    set_.add_argument(
        "--as-read",
        action="store_true",
        help=phrase("take the word back: what is read stands again"),
    )
    drop = add("drop", "take back what should not be there: a parcel, or all parcels of a notice")
    drop.add_argument(
        "name", metavar="NOTICE|PARCEL", help=phrase("a notice's number, or a parcel's")
    )
    for command in (set_, drop):
        command.add_argument("--by", default="", help=phrase("who says so"))
        command.add_argument("--why", default="", help=phrase("why"))
    confirm = add(
        "confirm",
        "you have compared the times of a parcel with the original: they are right, or not",
    )
    confirm.add_argument("parcels", nargs="*", metavar="PARCEL", help=phrase(which))
    confirm.add_argument("--wrong", action="store_true", help=phrase("at least one time is wrong"))
    confirm.add_argument(
        "--list", action="store_true", help=phrase("show what is to be compared, with its quotes")
    )
    confirm.add_argument("--by", default="", help=phrase("who says so"))
    confirm.add_argument("--why", default="", help=phrase("why"))
    add(
        "doubts",
        "what you have to settle: what the reader doubted or did not find, the soonest "
        "deadline first",
    )
    settle = add(
        "settle",
        "settle a doubt: take a time, enter one, say that there is none, or which parcel is meant",
    )
    settle.add_argument("doubt", metavar="DOUBT", help=phrase("its number, see `notifier doubts`"))
    settle.add_argument(
        "--take", type=positive, metavar="N", help=phrase("the Nth of its times holds")
    )
    settle.add_argument(
        "--time", metavar="TIME", help=phrase("such as 2026-12-02T17:00, or a day alone")
    )
    settle.add_argument(
        "--milestone", default="", help=phrase("with --time: which end of a window is meant")
    )
    settle.add_argument("--none", action="store_true", help=phrase("there is no such time"))
    settle.add_argument(
        "--same", metavar="PARCEL", help=phrase("it is this parcel, or about this parcel")
    )
    settle.add_argument(
        "--name",
        default="",
        help=phrase("with --same: which of the names in a notice of change is meant"),
    )
    settle.add_argument(
        "--leave",
        action="store_true",
        help=phrase("it stays as it is: another parcel, not ours, right"),
    )
    settle.add_argument("--by", default="", help=phrase("who says so"))
    files = add(
        "files",
        "the files that came in: what was read, what is new or doubtful, why one was refused",
    )
    files.add_argument(
        "--limit", type=positive, default=50, help=phrase("how many files (default 50)")
    )
    history = add("history", "what was sent")
    history.add_argument(
        "--limit", type=positive, default=50, help=phrase("how many deliveries (default 50)")
    )
    history.add_argument(
        "--text", action="store_true", help=phrase("with the messages as they were sent")
    )
    add("status", "how the daemon is")
    metrics = add("metrics", "figures for whoever watches the program", data=False)
    metrics.add_argument(
        "--textfile",
        type=Path,
        metavar="FILE.prom",
        help=phrase("write them to this file, whole or not at all"),
    )
    add("retry", "try failed deliveries again")
    move = add(
        "move-ledger",
        "move the ledger, which no daemon works on, to an empty database or a new file",
    )
    move.add_argument(
        "place",
        metavar="URL|FILE",
        help=phrase("postgresql://..., or a file that is not there yet"),
    )
    add("backup", "copy the ledger").add_argument("target", type=Path, metavar="FILE")
    silence = add(
        "silence",
        "say nothing of some parcels for a while; what was held back is said at the end of it",
    )
    silence.add_argument("action", choices=("add", "list", "end"))
    silence.add_argument(
        "what",
        nargs="*",
        metavar="MATCHER",
        help=phrase("city=杭州, price=<5000 ...; for `end` its number"),
    )
    silence.add_argument(
        "--until", metavar="T", help=phrase("until when, such as 2024-11-18T08:00")
    )
    silence.add_argument(
        "--from", dest="since", metavar="T", help=phrase("from when on (default now)")
    )
    silence.add_argument("--by", default="", help=phrase("who says so"))
    silence.add_argument("--why", default="", help=phrase("why"))
    watch = add(
        "watch",
        "pages that are watched; `test URL`: what is read there, `add URL`: watch it from now on",
    )
    watch.add_argument("action", nargs="?", choices=("list", "test", "add"), default="list")
    watch.add_argument("url", nargs="?", metavar="URL")
    watch.add_argument(
        "--allow-private", action="store_true", help=phrase("the page stands on your own network")
    )
    web = add(
        "web",
        "the board in a browser; `web link NAME`: a sign-in link, `web feed NAME`: a "
        "calendar's address",
    )
    web.add_argument("action", nargs="?", choices=("link", "feed"))
    web.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help=phrase("whom the link signs in, or whose calendar it is"),
    )
    web.add_argument("--new", action="store_true", help=phrase("give the calendar another address"))
    web.add_argument(
        "--with-link",
        action="store_true",
        help=phrase("print a sign-in link for the first recipient"),
    )
    alert = add("alert", "tell the operators at once, without the ledger", data=False)
    alert.add_argument("text", metavar="TEXT")
    completion = add(
        "completion", "what a shell needs to complete commands and options", data=False
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    add("manual", "these pages of help as a page for `man`", data=False)
    return parser, commands.choices


def _add_help(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action="help", help=phrase("show this help and exit"))


if __name__ == "__main__":
    sys.exit(main())
