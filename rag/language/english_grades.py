"""Words of English that order things by what is told of them."""

from __future__ import annotations

from collections.abc import Mapping

from rag.language.types import Grade


def _grades(highest: str, lowest: str, *labels: str) -> Mapping[str, Grade]:
    words = frozenset(labels)
    return {
        **{word: Grade(True, words) for word in highest.split(",")},
        **{word: Grade(False, words) for word in lowest.split(",")},
    }


# Which words a label may have that tells what a word compares; without any, those behind the word
# say it: *the most flight time*.
GRADES: Mapping[str, Grade] = {
    **_grades("most,more,highest,higher", "least,less,fewest,fewer,lowest,lower"),
    **_grades("largest,larger,biggest,bigger,greatest,greater", "smallest,smaller"),
    **_grades("oldest,older", "youngest,younger", "age"),
    **_grades("hottest,hotter,warmest,warmer", "coldest,colder,coolest,cooler", "temperature"),
    **_grades("longest,longer", "shortest,shorter", "length", "duration", "distance"),
    **_grades("tallest,taller", "lowest-lying", "height", "elevation"),
    **_grades("heaviest,heavier", "lightest,lighter", "weight", "mass"),
    **_grades("fastest,faster", "slowest,slower", "speed"),
    **_grades("most expensive,more expensive,dearest", "cheapest,cheaper", "price", "cost"),
    **_grades("most powerful,more powerful", "least powerful,less powerful", "power"),
}
# The same of dates. *Old* is said of documents and of people.
DATED: Mapping[str, Grade] = {
    **_grades("latest,later,newest,newer,most recent,more recent,last", "earliest,earlier,first"),
    **_grades("youngest", "oldest,older"),
}
MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
