"""The word lists by which ``perturb`` changes a sentence. English only; knows no grammar."""

from __future__ import annotations

# fmt: off
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# A unit or magnitude, and one of another size that reads as well in its place.
UNIT_SWAPS = {
    "thousand": "million", "million": "billion", "billion": "million", "trillion": "billion",
    "km": "miles", "kilometres": "miles", "kilometers": "miles", "miles": "kilometres",
    "mile": "kilometre", "metres": "feet", "meters": "feet", "feet": "metres", "metre": "foot",
    "cm": "mm", "centimetres": "inches", "centimeters": "inches", "inches": "centimetres",
    "mm": "cm", "millimetres": "centimetres", "millimeters": "centimeters",
    "kg": "tonnes", "kilograms": "tonnes", "tonnes": "kilograms", "tons": "kilograms",
    "mg": "g", "milligrams": "grams", "grams": "kilograms", "litres": "gallons",
    "liters": "gallons", "gallons": "litres",
    "seconds": "minutes", "minutes": "hours", "hours": "days", "days": "weeks", "weeks": "months",
    "months": "years", "years": "months",
    "°C": "°F", "°F": "°C", "degrees Celsius": "degrees Fahrenheit",
    "dollars": "euros", "euros": "dollars", "USD": "EUR", "EUR": "USD", "GBP": "EUR",
    "%": " per thousand", "percent": "per thousand", "per cent": "per thousand",
    "percentage points": "percent",
}
CURRENCY_SWAPS = {"$": "€", "€": "£", "£": "$"}

# Comparatives and their opposites, each way; of several opposites of a word the first one counts.
# The reader learns from these, and the gate's language knows most of them.
COMPARATIVES = [
    ("at least", "at most"), ("more", "less"), ("fewer", "more"), ("higher", "lower"),
    ("highest", "lowest"), ("larger", "smaller"), ("largest", "smallest"), ("greater", "smaller"),
    ("greatest", "smallest"), ("bigger", "smaller"), ("biggest", "smallest"), ("longer", "shorter"),
    ("longest", "shortest"), ("older", "younger"), ("oldest", "youngest"), ("faster", "slower"),
    ("fastest", "slowest"), ("stronger", "weaker"), ("strongest", "weakest"), ("better", "worse"),
    ("best", "worst"), ("earlier", "later"), ("earliest", "latest"), ("before", "after"),
    ("above", "below"), ("increase", "decrease"), ("increases", "decreases"),
    ("increased", "decreased"), ("increasing", "decreasing"), ("rise", "fall"), ("rises", "falls"),
    ("rose", "fell"), ("risen", "fallen"), ("rising", "falling"), ("grew", "shrank"),
    ("grown", "shrunk"), ("maximum", "minimum"), ("first", "last"), ("upper", "lower"),
]

# Opposites of everyday words, each way. The gate is measured with these: no word of them may stand
# among the opposites that its language knows, nor among the comparatives that the reader learns.
OPPOSITES = [
    ("public", "private"), ("ancient", "modern"), ("male", "female"), ("men", "women"),
    ("man", "woman"), ("boys", "girls"), ("boy", "girl"), ("husband", "wife"),
    ("father", "mother"), ("son", "daughter"), ("sons", "daughters"), ("brother", "sister"),
    ("brothers", "sisters"), ("uncle", "aunt"), ("king", "queen"), ("parents", "children"),
    ("ancestors", "descendants"), ("teacher", "student"), ("teachers", "students"),
    ("doctors", "patients"), ("employers", "employees"), ("senior", "junior"),
    ("enemy", "ally"), ("enemies", "allies"), ("supporters", "opponents"),
    ("supported", "opposed"), ("supports", "opposes"), ("attacked", "defended"),
    ("attack", "defend"), ("victory", "defeat"), ("victories", "defeats"),
    ("guilty", "innocent"), ("legal", "illegal"), ("buy", "sell"), ("bought", "sold"),
    ("imported", "exported"), ("imports", "exports"), ("import", "export"),
    ("borrowed", "lent"), ("spent", "saved"), ("cheap", "expensive"), ("arrived", "departed"),
    ("arrival", "departure"), ("appeared", "disappeared"), ("created", "destroyed"),
    ("built", "demolished"), ("founded", "abolished"), ("approved", "vetoed"),
    ("agreed", "refused"), ("connected", "separated"), ("united", "divided"),
    ("doubled", "halved"), ("succeeded", "failed"), ("hired", "dismissed"),
    ("urban", "rural"), ("internal", "external"), ("domestic", "foreign"),
    ("coastal", "inland"), ("horizontal", "vertical"), ("permanent", "temporary"),
    ("natural", "artificial"), ("voluntary", "compulsory"), ("direct", "indirect"),
    ("active", "passive"), ("visible", "invisible"), ("possible", "impossible"),
    ("safe", "dangerous"), ("simple", "complex"), ("common", "rare"), ("dry", "wet"),
    ("light", "heavy"), ("lighter", "heavier"), ("hard", "soft"), ("empty", "full"),
    ("liquid", "solid"), ("black", "white"), ("summer", "winter"), ("spring", "autumn"),
    ("morning", "evening"), ("day", "night"), ("birth", "death"), ("mountains", "valleys"),
]

# What is put in for a quoted word, by the ending that it shares with it.
QUOTED_WORDS = {
    "ing": ("waiting", "folding", "painting"),
    "ed": ("painted", "delayed", "borrowed"),
    "ly": ("slowly", "rarely", "quietly"),
    "s": ("lanterns", "harbours", "winters"),
    "": ("lantern", "harbour", "winter"),
}

# Without may and might: "it may rain" and "it may not rain" are true together.
AUXILIARIES = ["is", "are", "was", "were", "can", "could", "will", "would", "should", "must"]
PERFECT = ["has", "have", "had"]  # auxiliaries only in front of a participle
DO = ["do", "does", "did"]
CONTRACTIBLE = [*DO, "is", "are", "was", "were", *PERFECT, "could", "would", "should"]

# Verbs whose sentence is negated with "do": base, third person, past.
VERBS = [
    ("have", "has", "had"), ("go", "goes", "went"), ("come", "comes", "came"),
    ("get", "gets", "got"), ("keep", "keeps", "kept"), ("know", "knows", "knew"),
    ("see", "sees", "saw"), ("send", "sends", "sent"), ("stand", "stands", "stood"),
    ("teach", "teaches", "taught"), ("bring", "brings", "brought"),
    ("carry", "carries", "carried"), ("marry", "marries", "married"),
    ("study", "studies", "studied"), ("span", "spans", "spanned"),
    ("attend", "attends", "attended"), ("establish", "establishes", "established"),
    ("introduce", "introduces", "introduced"), ("develop", "develops", "developed"),
    ("release", "releases", "released"), ("form", "forms", "formed"),
    ("return", "returns", "returned"), ("travel", "travels", "travelled"),
    ("agree", "agrees", "agreed"), ("refuse", "refuses", "refused"),
    ("believe", "believes", "believed"), ("seek", "seeks", "sought"),
    ("allow", "allows", "allowed"), ("affect", "affects", "affected"),
    ("approve", "approves", "approved"), ("become", "becomes", "became"),
    ("begin", "begins", "began"), ("build", "builds", "built"), ("cause", "causes", "caused"),
    ("contain", "contains", "contained"), ("cost", "costs", "cost"),
    ("cover", "covers", "covered"), ("create", "creates", "created"),
    ("describe", "describes", "described"), ("die", "dies", "died"),
    ("discover", "discovers", "discovered"), ("exceed", "exceeds", "exceeded"),
    ("expect", "expects", "expected"), ("fall", "falls", "fell"), ("find", "finds", "found"),
    ("give", "gives", "gave"), ("grow", "grows", "grew"), ("hold", "holds", "held"),
    ("include", "includes", "included"), ("increase", "increases", "increased"),
    ("join", "joins", "joined"), ("lead", "leads", "led"), ("leave", "leaves", "left"),
    ("live", "lives", "lived"), ("lose", "loses", "lost"), ("make", "makes", "made"),
    ("mean", "means", "meant"), ("meet", "meets", "met"), ("move", "moves", "moved"),
    ("need", "needs", "needed"), ("offer", "offers", "offered"), ("open", "opens", "opened"),
    ("own", "owns", "owned"), ("play", "plays", "played"), ("produce", "produces", "produced"),
    ("provide", "provides", "provided"), ("publish", "publishes", "published"),
    ("reach", "reaches", "reached"), ("receive", "receives", "received"),
    ("reduce", "reduces", "reduced"), ("remain", "remains", "remained"),
    ("report", "reports", "reported"), ("require", "requires", "required"),
    ("rise", "rises", "rose"), ("run", "runs", "ran"), ("say", "says", "said"),
    ("sell", "sells", "sold"), ("serve", "serves", "served"), ("show", "shows", "showed"),
    ("sign", "signs", "signed"), ("spend", "spends", "spent"), ("start", "starts", "started"),
    ("support", "supports", "supported"), ("take", "takes", "took"), ("use", "uses", "used"),
    ("visit", "visits", "visited"), ("win", "wins", "won"), ("work", "works", "worked"),
    ("write", "writes", "wrote"),
]

# After one of these a verb's form is a noun or a participle.
NO_SUBJECT = frozenset([
    "the", "a", "an", "of", "by", "with", "its", "their", "his", "her", "our", "and", "or", "to",
    "for", "in", "on", "from", "as", "than", "at", "most", "be", "been", "being", "this", "these",
    "those", "some", "many", "all", "other", "such", "new",
])

# Capitalised at the start of a sentence without being a name.
STARTERS = frozenset([
    "A", "About", "According", "After", "All", "Although", "An", "And", "Another", "Any", "As",
    "At", "Because", "Before", "Between", "Both", "But", "By", "During", "Each", "Every", "Few",
    "For", "From", "He", "Her", "His", "How", "However", "I", "If", "In", "It", "Its", "Many",
    "More", "Most", "My", "No", "None", "Not", "Of", "On", "One", "Only", "Or", "Other", "Our",
    "Over", "She", "Since", "So", "Some", "Such", "That", "The", "Their", "There", "These", "They",
    "This", "Those", "Through", "To", "Under", "Until", "We", "What", "When", "Where", "Whether",
    "Which", "While", "Who", "Why", "With", "You", "Your",
])
# Words that may follow a moved adverbial and lose their capital.
UNCAPITALISED = frozenset(["A", "An", "He", "It", "Its", "She", "The", "Their", "There", "They",
                           "This", "These", "We", "Her", "His", "Our"])
# fmt: on
