"""A message's templates in one language: each checked as it was written, and kept with its words in their places."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from jinja2 import TemplateSyntaxError

from infra.playbook.build_environment import BuildEnvironment
from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.jinja_pieces import pieces_of
from infra.playbook.message_folder import MessageFolder
from infra.playbook.message_words import Words
from infra.playbook.template_check import Source, TemplateCheck
from infra.playbook.template_names import coupons_named, parse_template, recommends
from infra.playbook.template_needs import Need, needs_of
from shared.adapters.playbook_files import YamlFile
from shared.errors import PlaybookFault

_NO_TEXT: Final = 'example.json has no "text.'


class MessageTemplates:
    """Reads a message's templates in one of its languages, and keeps what they come to."""

    def __init__(
        self,
        folder: MessageFolder,
        message: CompiledMessage,
        words: Words,
        environment: BuildEnvironment,
        example: Mapping[str, Any],
    ) -> None:
        self._folder = folder
        self._message = message
        self._words = words
        self._environment = environment
        self._example = example
        self._stem = f"{folder.stem}/{words.tag}" if message.languages else folder.stem
        self._check = TemplateCheck(environment, example, self._report_of_template)

    def check_words(self, source: Source) -> None:
        """The words themselves: what they read is read by the message."""
        self._note_reads(source, self._check.check(source))

    def read(self, source: Source) -> None:
        self._note_reads(source, self._check.check(source))
        try:
            pieces = [piece for piece in pieces_of(source.text) if piece.is_jinja]
        except TemplateSyntaxError:
            return
        for piece in pieces:
            use = self._words.use_in(piece.text)
            path = self._words.misused_in(piece.text) if use is None else None
            if path is not None:
                name = ".".join(path)
                said = f"words stand alone, {{{{ text.{name} }}}}, or filled in, {{{{ text.{name} | fill(name=…) }}}}"
                self._fault(source, piece.line, said)
            for placeholder in use.unfilled if use is not None else ():
                name = ".".join(use.word.path) if use is not None else ""
                said = f"text.{name} has {{{placeholder}}}: write {{{{ text.{name} | fill({placeholder}=…) }}}}"
                self._fault(source, piece.line, said)

    def text(self, name: str) -> str:
        source = Source(f"{self._folder.stem}/{name}", self._folder.text(name))
        self.read(source)
        return self.expanded(source)

    def value(self, file: YamlFile, key: str, *within: str) -> str:
        """One template in a YAML file, checked; where the file has none, the words of that name; else empty."""
        source = self.source(file, key, *within)
        self.read(source)
        return self.expanded(source)

    def source(self, file: YamlFile, key: str, *within: str) -> Source:
        text = file.value.get(key) or self._words.printed(*within, key)
        return Source(file.name, text, file.line_of((key,)), key)

    def expanded(self, source: Source) -> str:
        try:
            return self._words.expanded(source.text)
        except TemplateSyntaxError:
            return ""  # reported as it was read

    def is_decided_by_an_event(self, source: Source) -> bool:
        """Whether what is an address as a whole leads where an event says."""
        return self._check.is_decided_by_an_event(source)

    def keep(self, part: str, text: str, source: Source | None = None) -> None:
        """A template as it will be rendered; ``source``: what it was written as, where that is one place."""
        self._message.templates[f"{self._stem}/{part}"] = text
        try:
            template = parse_template(self._environment, text)
            needs = needs_of(template)
            self._message.coupons |= coupons_named(template)
            self._message.recommends = self._message.recommends or recommends(template)
        except TemplateSyntaxError:
            return  # reported as it was read
        for need in needs:
            written = source if source is not None and source.text == text else None
            file, line = (written.file, written.line + need.line - 1) if written else self._place_of(need)
            self._message.needs.add(need._replace(file=file, line=line))

    def rendered(self, part: str) -> str:
        text = self._message.templates[f"{self._stem}/{part}"]
        return self._environment.rendered(self._environment.code_of(text), self._example)

    def _place_of(self, need: Need) -> tuple[str, int]:
        """Where what is put together of several files reads a field first."""
        places = [(read.file, read.line) for read in self._message.reads if read[2:] == need[2:]]
        return min(places, default=(f"{self._folder.stem}/email.mjml", 1))

    def _note_reads(self, source: Source, fields: frozenset[tuple[str, str]]) -> None:
        self._message.entry_fields |= fields
        for root, name in fields:
            found = re.search(rf"\b{root}\W+{re.escape(name)}\b", source.text)
            # Not what a loop goes through, nor what the example lacks, which is a fault.
            if found is not None and name in self._example["entry"].get(root, ()):
                line = source.line + source.text.count("\n", 0, found.start())
                self._message.reads.add(Need(source.file, line, root, name))

    def _report_of_template(self, fault: PlaybookFault) -> None:
        if fault.message.startswith(_NO_TEXT):
            fault = replace(fault, message=fault.message.replace(_NO_TEXT, 'no catalogue has "text.'))
        elif "example.json" in self._folder.unreadable:
            return
        self._folder.faults.add(fault)

    def _fault(self, source: Source, line: int, message: str) -> None:
        self._folder.faults.add(PlaybookFault(source.file, source.line + line - 1, source.path, message))
