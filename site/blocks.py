"""What a slide is made of beside text: questions and answers, definitions, steps.

    :::{question}                      for the room
    How many weights?
    :::
    :::{answer}                        comes with the next key, on the same slide
    784 · 128 + 128.
    :::

`definition` has a term as its title; `steps` shows its blocks, or the items of its
list, one by one; `plan` and `recap` hold the list of the first and of the last slide,
and `plan` may mark the part that comes now, by its number.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Block(SphinxDirective):
    """A box with a title, of a class of the directive's name."""

    has_content = True
    title = ""
    classes: tuple[str, ...] = ()

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        box = nodes.container(classes=["block", self.name, *self.classes])
        if title := " ".join([self.title, *self.arguments]).strip():
            inline, messages = self.state.inline_text(title, self.lineno)
            box += nodes.paragraph("", "", *inline, *messages, classes=["block-title"])
        self.state.nested_parse(self.content, self.content_offset, box)
        self.set_source_info(box)
        return [box]


class Question(Block):
    """The directive `question`."""

    title = "Question"


class Answer(Block):
    """The directive `answer`: hidden until the next key."""

    title = "Answer"
    classes = ("fragment",)


class Definition(Block):
    """The directive `definition`, with the term as its argument."""

    required_arguments = 1
    final_argument_whitespace = True
    title = "Definition:"


class Recap(Block):
    """The directive `recap`: what one takes home."""


class Plan(Block):
    """The directive `plan`: the parts of the lecture, one of them marked if wished."""

    option_spec = {"now": directives.positive_int}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        (box,) = super().run()
        items = list(box.findall(nodes.list_item))
        now = self.options.get("now")
        if now is not None and now > len(items):
            raise self.error(f"plan: there is no part {now} of {len(items)}")
        if now is not None:
            items[now - 1]["classes"].append("now")
        return [box]


class Steps(Block):
    """The directive `steps`: one block, or one item of a list, after the other."""

    def run(self) -> list[nodes.Node]:
        (box,) = super().run()
        assert isinstance(box, nodes.container)
        for child in list(box.children):
            if isinstance(child, nodes.bullet_list | nodes.enumerated_list):
                for item in child.children:
                    item["classes"].append("fragment")  # pyright: ignore
            else:
                box.replace(child, nodes.container("", child, classes=["fragment"]))
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    for block in (Question, Answer, Definition, Recap, Plan, Steps):
        app.add_directive(block.__name__.lower(), block)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
