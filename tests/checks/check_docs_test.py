import check_docs
from fixture import TreeTest


class CheckDocs(TreeTest):
    def test_passes_links_and_targets_that_exist(self):
        root = self.tree({
            "Makefile": "test: ## run\n",
            "README.md": "[a](docs/a.md#part) [b](https://example.org) `make test`, we make do\n",
            "docs/a.md": "[up](../README.md)\n",
        })
        self.assert_finds(check_docs.check(root))

    def test_finds_a_link_that_leads_nowhere(self):
        root = self.tree({"Makefile": "", "docs/a.md": '[b](b.md)\n<img src="c.svg">\n'})
        self.assert_finds(
            check_docs.check(root),
            "docs/a.md:1: the link leads nowhere: b.md",
            "docs/a.md:2: the link leads nowhere: c.svg")

    def test_finds_a_target_that_the_makefile_has_not(self):
        root = self.tree({"Makefile": "test:\n", "README.md": "Run `make tests`.\n```\nmake dome\n```\n"})
        self.assert_finds(
            check_docs.check(root),
            "README.md:1: the Makefile has no target tests",
            "README.md:3: the Makefile has no target dome")
