"""What the HTML of Sphinx lacks for those who cannot see it, found by axe-core."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

PARAMETERS = (addnodes.desc_parameterlist, addnodes.desc_type_parameter_list)


class Translator(HTML5Translator):
    """As that of Sphinx, with the attributes that screen readers need."""

    def starttag(
        self,
        node: nodes.Element,
        tagname: str,
        suffix: str = "\n",
        empty: bool = False,
        **attributes: Any,
    ) -> str:
        if attributes.get("ROLE") == "heading":  # a caption of the table of contents
            attributes["ARIA-LEVEL"] = "2"
        if tagname == "dl" and isinstance(node, PARAMETERS):
            attributes["ROLE"] = "none"  # a signature: it defines no terms
        return super().starttag(node, tagname, suffix, empty, **attributes)

    def visit_literal_block(self, node: nodes.Element) -> None:
        try:
            super().visit_literal_block(node)
        finally:  # by SkipNode; long lines scroll, so the keyboard must get there
            self.body[-1] = self.body[-1].replace("<pre>", '<pre tabindex="0">', 1)


def setup(app: Sphinx) -> dict[str, bool]:
    app.set_translator("html", Translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
