"""
Who is in both tables? Linking records of persons
=================================================

Two tables list persons. Some persons are in both tables, but no key says which. Names are
misspelt, fields are missing, and people have moved. In this example a matcher learns from the
known links between two tables, predicts the links between two other tables, and explains a link.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_dissim.datasets import make_person_tables
from sklearn_dissim.tables import NearestText, RecordMatcher, candidate_pairs

# %%
# The data. To use your own, replace this cell. Define `left` and `right`, two DataFrames to learn
# from; `links`, pairs of row positions in them that show the same person; `other_left` and
# `other_right`, two DataFrames to link; `other_links`, their true links, to evaluate the result;
# and `COLUMNS`, the columns whose text the first blocking rule below compares.

COLUMNS = ["given_name", "surname", "street", "city", "postcode", "birth_date", "phone", "email"]


def persons(random_state):
    made = make_person_tables(
        600, overlap=0.5, error_rate=0.3, missing_rate=0.2, move_rate=0.2, random_state=random_state
    )
    return made.left[COLUMNS], made.right[COLUMNS], made.links


left, right, links = persons(random_state=0)
other_left, other_right, other_links = persons(random_state=1)
print(f"{len(other_left)} and {len(other_right)} records, {len(other_links)} persons in both")

# %%
# Blocking rules choose the pairs to compare. Good rules propose nearly all true links, and few
# other pairs.

rules = [NearestText(COLUMNS, n_neighbors=5), "phone", "email", ("birth_date", "surname")]
candidates = candidate_pairs(other_left, other_right, rules=rules, links=other_links)
print(candidates)

# %%
# The matcher learns from the first two tables, and links the other two. `one_to_one=True`, because
# each person occurs at most once in a table.

matcher = RecordMatcher(rules=rules, one_to_one=True, random_state=0)
matcher.fit_links(left, right, links=links, complete=True)
found = matcher.predict_links(other_left, other_right)


def f1(pairs):
    hits = len({tuple(p) for p in np.asarray(pairs).tolist()} & set(map(tuple, other_links)))
    return 2 * hits / (len(pairs) + len(other_links))


same_mail = candidate_pairs(other_left, other_right, rules=["email"]).indices
same_birth = candidate_pairs(other_left, other_right, rules=[("birth_date", "surname")]).indices
print(f"F1 of links by equal email:                  {f1(same_mail):.3f}")
print(f"F1 of links by equal birth date and surname: {f1(same_birth):.3f}")
print(f"F1 of links by RecordMatcher:                {f1(found[['left', 'right']]):.3f}")

# %%
# The contribution of each column to the score of the least certain link.

least = found.loc[[found["score"].idxmin()], ["left", "right"]].to_numpy()
why = matcher.explain(candidates.pairs_at(least))
print(f"The least certain link, score {why['score'][0]:+.2f}:")
for words in why["words"]:
    print(f"  {words}")

# %%
# The figure: the scores of all candidates, and the contributions to the least certain link.

scores = matcher.decision_function(candidates.pairs)
is_link = candidates.are_links(other_links)
figure, (above, below) = plt.subplots(2, figsize=(9, 7), layout="constrained", height_ratios=[3, 4])
bins = np.linspace(scores.min(), scores.max(), 60)
above.hist(
    [scores[~is_link], scores[is_link]],
    bins,
    color=["#D55E00", "#0072B2"],
    label=["different persons", "the same person"],
    stacked=True,
)
above.axvline(matcher.threshold_, color="black", linewidth=1, label="threshold")
above.set(title="Scores of candidates", xlabel="score", ylabel="pairs", yscale="symlog")
above.legend()
bars = why["contribution"]
below.barh(why["column"], bars, color=np.where(bars > 0, "#0072B2", "#D55E00"))
pairs_of_values = why[["left", "right"]].fillna("(missing)").astype(str).agg("  |  ".join, axis=1)
below.set_yticks(
    range(len(why)),
    [f"{column}\n{values}" for column, values in zip(why["column"], pairs_of_values, strict=True)],
    fontsize=8,
)
below.invert_yaxis()
below.axvline(0, color="black", linewidth=1)
below.set(
    title="The least certain link: what each column says",
    xlabel="for different persons   <   contribution to the score   >   for the same person",
)

target = Path(__file__).parent / "figures" / "record_linkage.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=100)
print(f"Figure: {target}")
