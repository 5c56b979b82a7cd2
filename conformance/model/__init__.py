"""The rules and the judge: pure, no input or output, no Hypothesis.

The core modules say what a rule, a request, an answer and the endpoint's state are, and judge.
:mod:`conformance.model.rules` holds the rules. Importing this package fills the catalogue.
This package imports no other package of the project; every other one may import it.
"""

from conformance.model import rules  # noqa: F401 (registers every rule)
from conformance.model.catalogue import CATALOGUE
from conformance.model.judge import judge
from conformance.model.rule import Arm, Grade, Kind, Rule

__all__ = ["CATALOGUE", "Arm", "Grade", "Kind", "Rule", "judge"]
