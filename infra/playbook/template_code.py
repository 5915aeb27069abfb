"""What templates are compiled to: Jinja's own Python, with the two things that a mail does most done in place.

A field of a JSON object is looked up without a call, and what is printed is escaped by ``TemplateEnvironment.escaped``;
all else, and all that the sandbox watches over, is as Jinja writes it.
"""

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


class TemplateCode(CodeGenerator):
    """Python for a ``TemplateEnvironment``."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("escaped = environment.escaped")
        self.writeline("look_up = environment.getattr")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        """What ``TemplateEnvironment.getattr`` does for a dict, and for all else a call of it."""
        self.write("(found if type(owner := ")
        self.visit(node.node, frame)
        name = repr(node.attr)
        self.write(f") is dict and (found := owner.get({name})) is not None else look_up(owner, {name}))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")
