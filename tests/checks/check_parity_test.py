import check_parity
from fixture import TreeTest


class CheckParity(TreeTest):
    def check(self, page: str, tests: str):
        root = self.tree({
            "docs/parity.md": "| BO99 | tested |\n\n## Conformance rows\n| rows | |\n| --- | --- |\n" + page,
            "src/a_test.cc": tests,
        })
        return check_parity.check(root)

    def test_passes_rows_that_are_tested_and_rows_that_are_explained(self):
        self.assert_finds(self.check(
            "| SC1, SC3 to SC5, K8a | tested, of SC9 half |\n| DK2 | not there yet |\n",
            "TEST(A, SC1_SC3_Starts) {}\nTEST_F(A, SC4_Stops) {\nTEST_P(A, SC5_K8a_Ends) {\nTEST(A, GoesOn)"))

    def test_finds_a_tested_row_without_a_test(self):
        self.assert_finds(
            self.check("| SC1 to SC3 | tested |\n", "TEST(A, SC1_Starts) {}\n// SC2_\nTEST(A, SC3_Stops)"),
            "docs/parity.md:6: no test has SC2 in its name")

    def test_finds_a_row_of_which_the_page_says_nothing(self):
        self.assert_finds(
            self.check("| SC1 | differs |\n", "\nTEST_F(A, SC1_SC2_Starts) {}"),
            "src/a_test.cc:2: docs/parity.md says nothing of SC2")
