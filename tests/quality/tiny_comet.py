"""A program for an environment with unbabel-comet: makes tiny models, and scores with its own API.

`make FOLDER`: an XLM-R encoder of 2 layers with a tokenizer trained on the spot, and COMET models
on it with random weights: `comet` (source, translation, target) and `kiwi` (without target).
`predict CHECKPOINT`: scores of the samples on standard input, by `CometModel.predict`.
"""

import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import pytorch_lightning  # noqa: E402
import torch  # noqa: E402
import yaml  # noqa: E402
from comet import load_from_checkpoint  # noqa: E402
from comet.models import RegressionMetric, UnifiedMetric  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers  # noqa: E402
from transformers import XLMRobertaConfig, XLMRobertaTokenizerFast  # noqa: E402

TEXTS = ["the red house is old .", "das rote Haus ist alt ."]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def make_encoder(folder):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=60, special_tokens=SPECIAL, unk_token="<unk>")
    tokenizer.train_from_iterator(TEXTS * 20, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    fast = XLMRobertaTokenizerFast(tokenizer_object=tokenizer)
    fast.save_pretrained(folder)
    XLMRobertaConfig(
        vocab_size=len(fast),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=42,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    ).save_pretrained(folder)


def make_model(folder, kind, name, **settings):
    torch.manual_seed(1)
    model = kind(
        pretrained_model=str(folder / "encoder"),
        load_pretrained_weights=False,
        hidden_sizes=[8],
        local_files_only=True,
        **settings,
    )
    home = folder / name
    (home / "checkpoints").mkdir(parents=True)
    trainer = pytorch_lightning.Trainer(logger=False, accelerator="cpu", enable_progress_bar=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(home / "checkpoints" / "model.ckpt", weights_only=True)
    identifier = {"comet": "regression_metric", "kiwi": "unified_metric"}[name]
    settings = {**model.hparams, "class_identifier": identifier}
    (home / "hparams.yaml").write_text(yaml.safe_dump(settings))


def main(command, path):
    if command == "make":
        folder = Path(path).resolve()
        make_encoder(folder / "encoder")
        make_model(folder, RegressionMetric, "comet")
        make_model(folder, UnifiedMetric, "kiwi", input_segments=["mt", "src"], word_layer=2)
    else:
        model = load_from_checkpoint(path, local_files_only=True)
        samples = json.load(sys.stdin)
        found = model.predict(samples, batch_size=4, gpus=0, progress_bar=False)
        print(json.dumps(found["scores"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
