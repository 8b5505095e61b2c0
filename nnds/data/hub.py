"""The Hugging Face hub: the sets the course knows; fetching, or saying why not."""

import re
from dataclasses import dataclass
from pathlib import Path

from nnds.data.embedded import EMBEDDED


@dataclass(frozen=True)
class Repo:
    """A data set on the hub at one commit, and the embedded set nearest to it."""

    path: str
    revision: str
    nearest: str


COURSE = {
    "mnist": Repo("ylecun/mnist", "77f3279092a1c1579b2250db8eafed0ad422088c", "mnist"),
    "fashion_mnist": Repo(
        "zalando-datasets/fashion_mnist",
        "531be5e2ccc9dba0c201ad3ae567a4f3d16ecdd2",
        "fashion_mnist",
    ),
    "cifar10": Repo(
        "uoft-cs/cifar10", "0b2714987fa478483af9968de7c934580d0bb9a2", "twemoji"
    ),
    "cifar100": Repo(
        "uoft-cs/cifar100", "aadb3af77e9048adbea6b47c21a81e47dd092ae5", "twemoji"
    ),
    "imdb": Repo(
        "stanfordnlp/imdb", "e6281661ce1c48d982bc483cf8a173c1bbeb5d31", "glosses"
    ),
}
"""Short names of hub sets; where one is also embedded, `load(name, full=True)`."""

NEAREST = {  # first match wins
    "fashion": "fashion_mnist",
    "mnist|digit|svhn|usps": "mnist",
    "cifar|imagenet|image|photo|flower|pets|food|celeb|emoji|caption": "twemoji",
    "cora|citeseer|pubmed|ogb|karate|reddit|graph|node": "counties",
    "bbb|tox|hiv|bace|clintox": "bbbp",
    "esol|zinc|qm9|mol|solub|lipo": "solubility",
    "imdb|sst|news|sentiment|glue|dbpedia|yelp|trec|class": "glosses",
    "wiki|shakespeare|stories|book|text8|enwik|c4|web|ptb|lm": "examples",
    "wmt|opus|transl|multi30k|tatoeba|europarl": "phrases",
    "speech|phon|pronun|g2p|spell|audio": "cmudict",
    "iris|wine|titanic|adult|housing|tabular|penguin": "penguins",
}
DATA = ["*.parquet", "*.csv", "*.tsv", "*.json", "*.jsonl", "*.txt", "*.md"]
COMMIT = re.compile(r"[0-9a-f]{40}")


def nearest(name: str) -> str | None:
    """Return the embedded set that serves in place of `name`, or None.

    >>> nearest("Planetoid/Cora"), nearest("uoft-cs/cifar10"), nearest("x/y")
    ('counties', 'twemoji', None)
    """
    name = name.lower()
    near = (own for words, own in NEAREST.items() if re.search(words, name))
    return next(near, None)


def find(name: str, revision: str | None) -> Repo:
    """Return the hub set called `name`, a short name or `owner/name`.

    ValueError for a name that is neither, and for a set that is not in `COURSE` and
    comes without a revision.
    """
    known = COURSE.get(name) or next(
        (repo for repo in COURSE.values() if repo.path == name), None
    )
    if known:
        return Repo(known.path, revision or known.revision, known.nearest)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(unknown(name))
    if revision is None:
        raise ValueError(
            f"{name!r} needs a revision, so that it is the same data tomorrow: pass "
            f"revision= with a commit from huggingface.co/datasets/{name}/commits; "
            f"{instead(nearest(name))}"
        )
    return Repo(name, revision, nearest(name) or "")


def unknown(name: str) -> str:
    """Say that there is no such set, what was meant, and what there is."""
    import difflib

    names = [*EMBEDDED, *COURSE]
    close = difflib.get_close_matches(name, names, 1) or [nearest(name)]
    guess = f" Did you mean {close[0]!r}?" if close[0] else ""
    hub = ", ".join(key for key in COURSE if key not in EMBEDDED)
    return (
        f"unknown data set {name!r}.{guess} Embedded: {', '.join(EMBEDDED)}. On the "
        f"hub: {hub}, or 'owner/name' with revision=. Or a folder of parquet files."
    )


def instead(near: str | None) -> str:
    if near:
        return f"without a network, use the embedded set: load({near!r})"
    return f"without a network, use an embedded set: {', '.join(EMBEDDED)}"


def cached(repo: Repo) -> Path | None:
    """Return the folder of a set that was fetched before, or None."""
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            repo.path,
            repo_type="dataset",
            revision=repo.revision,
            allow_patterns=DATA,
            local_files_only=True,
        )
    except FileNotFoundError:  # not there, or known to be incomplete
        return None
    return Path(folder) if whole(Path(folder)) else None


def whole(folder: Path) -> bool:
    """Say whether every numbered part of a set is there, after a broken download."""
    parts: dict[tuple[str, str], set[str]] = {}
    for path in folder.rglob("*-of-*"):
        if match := re.search(r"(.*)-(\d{5})-of-(\d{5})", str(path)):
            parts.setdefault((match[1], match[3]), set()).add(match[2])
    whole = (len(numbers) == int(total) for (_, total), numbers in parts.items())
    return all(whole) and any(folder.iterdir())


def fetch(repo: Repo) -> Path:
    """Return the folder of the set at its revision; download it if it is not there.

    Offline, ConnectionError within four seconds; ValueError if the hub has no such
    set or revision. A set fetched before needs no network.
    """
    pinned = COMMIT.fullmatch(repo.revision)
    if pinned and (folder := cached(repo)):
        return folder
    problem = reach(repo)
    if problem is None:
        from huggingface_hub import snapshot_download

        return Path(
            snapshot_download(
                repo.path,
                repo_type="dataset",
                revision=repo.revision,
                allow_patterns=DATA,
            )
        )
    if not pinned and (folder := cached(repo)):  # a branch: the last copy will do
        return folder
    raise refusal(repo, problem)


def reach(repo: Repo, seconds: float = 3.0) -> Exception | None:
    """Ask the hub for the set; return None, or why it cannot be had."""
    import threading

    answer: list[Exception | None] = []

    def ask() -> None:
        try:
            from huggingface_hub import HfApi

            HfApi().dataset_info(repo.path, revision=repo.revision, timeout=seconds)
            answer.append(None)
        except Exception as error:  # any: it is shown to the user
            answer.append(error)

    # a thread, because name resolution has no timeout and the client retries
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else TimeoutError(f"no answer in {seconds:g} s")


def refusal(repo: Repo, problem: Exception) -> Exception:
    """Return the error to raise when the hub does not give the set."""
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
    page = f"huggingface.co/datasets/{repo.path}"
    if isinstance(problem, GatedRepoError):
        return ValueError(f"{page} asks you to accept its terms, then: hf auth login")
    if isinstance(problem, RevisionNotFoundError):
        return ValueError(f"{page} has no revision {repo.revision!r}; see its commits")
    if isinstance(problem, RepositoryNotFoundError):
        return ValueError(f"{page} does not exist, or is private: hf auth login")
    return ConnectionError(
        f"cannot fetch {repo.path!r} from the Hugging Face hub ({reason}), and it was "
        f"not fetched before; {instead(repo.nearest)}. With a network, once: nnds data "
        f"fetch {repo.path} --revision {repo.revision}"
    )
