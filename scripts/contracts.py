"""A kind of import contract that the linter does not have: features keep their insides to themselves.

Named in `pyproject.toml`, run by `tests/test_layers.py`.
"""

from __future__ import annotations

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class FeaturesApart(Contract):
    """Only the feature itself, and who is named, imports these parts of a feature.

    Shape:   `features` are packages, `parts` the names of modules inside; what does not exist is passed over.
             `allowed` are packages that may import any feature's parts.
    """

    type_name = "features_apart"

    # The linter's base class turns these declarations into the lists themselves when it reads the contract.
    features: Any = fields.ListField(subfield=fields.StringField())
    parts: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: Any, verbose: bool) -> ContractCheck:  # noqa: FBT001 - the linter's own signature
        """Looks at direct imports: reading another feature through its store is how it is meant."""
        illegal = []
        for feature in self.features:
            friends = (feature, *self.allowed)
            for module in self._inside(graph, feature):
                importers = graph.find_modules_that_directly_import(module)
                illegal += [(importer, module) for importer in importers if not _belongs(importer, friends)]
        return ContractCheck(kept=not illegal, metadata={"illegal": sorted(illegal)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that must go."""
        for importer, imported in check.metadata["illegal"]:
            output.print_error(f"- {importer} -> {imported}", bold=False)
        output.new_line()

    def _inside(self, graph: Any, feature: str) -> list[str]:
        roots = [f"{feature}.{part}" for part in self.parts if f"{feature}.{part}" in graph.modules]
        return [module for root in roots for module in (root, *graph.find_descendants(root))]


def _belongs(importer: str, packages: tuple[str, ...]) -> bool:
    # The package itself or anything below it; `desktop.visits_old` is not `desktop.visits`.
    return any(importer == package or importer.startswith(f"{package}.") for package in packages)
