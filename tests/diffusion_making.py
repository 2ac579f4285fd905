"""Diffusion models of about a megabyte: the real classes with seeded random weights, saved as a
user's folders are. Their pictures show nothing; that each part has its effect can be seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CLASSIC = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "num_train_timesteps": 1000,
}
_WIDTH = 32  # of all text and image features


def make(base: Path) -> None:
    """Folders plain, inpaint, lcm, sd-t (turbo), xl, taesd, controlnet, ip-adapter, lcm-lora,
    ic-light."""
    import diffusers as d

    unet = plain(base).unet
    usual = d.DPMSolverMultistepScheduler.from_config(CLASSIC)
    _classic(d.StableDiffusionInpaintPipeline, usual, base, 9).save_pretrained(base / "inpaint")
    lcm = d.LCMScheduler.from_config(CLASSIC)
    _classic(d.StableDiffusionPipeline, lcm, base).save_pretrained(base / "lcm")
    trailing = {**CLASSIC, "timestep_spacing": "trailing"}
    turbo = d.EulerDiscreteScheduler.from_config(trailing)
    _classic(d.StableDiffusionPipeline, turbo, base).save_pretrained(base / "sd-t")
    _xl(base).save_pretrained(base / "xl")
    d.AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    ).save_pretrained(base / "taesd")
    _controlnet(unet).save_pretrained(base / "controlnet")
    _ip_adapter(base / "ip-adapter", unet)
    _lora(base / "lcm-lora", unet)
    _light(base / "ic-light", unet)


def plain(base: Path) -> Any:
    """A Stable Diffusion 1.5 in the folder "plain"."""
    import diffusers as d

    usual = d.DPMSolverMultistepScheduler.from_config(CLASSIC)
    made = _classic(d.StableDiffusionPipeline, usual, base)
    made.save_pretrained(base / "plain")
    return made


def _classic(kind: Any, scheduler: Any, base: Path, channels: int = 4) -> Any:
    import torch

    torch.manual_seed(0)
    tokenizer, count = _tokenizer(base / "tokenizer")
    return kind(
        vae=_vae(),
        text_encoder=_text(count).eval(),
        tokenizer=tokenizer,
        unet=_unet(channels),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _xl(base: Path) -> Any:
    import diffusers as d
    import torch

    torch.manual_seed(0)
    tokenizer, count = _tokenizer(base / "tokenizer")
    more = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + _WIDTH,
        "transformer_layers_per_block": (1, 1),
    }
    return d.StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=_text(count).eval(),
        text_encoder_2=_text(count, projected=True).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=_unet(4, cross_attention_dim=2 * _WIDTH, **more),
        scheduler=d.EulerDiscreteScheduler.from_config(CLASSIC),
    )


def _unet(channels: int, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    given = {"cross_attention_dim": _WIDTH, **more}
    return UNet2DConditionModel(
        block_out_channels=(16, 32),
        layers_per_block=1,
        sample_size=16,
        in_channels=channels,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        **given,
    )


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )


def _text(count: int, projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=count,
        hidden_size=_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        max_position_embeddings=77,
        projection_dim=_WIDTH,
        bos_token_id=count - 2,
        eos_token_id=count - 1,
        pad_token_id=count - 1,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _tokenizer(folder: Path) -> tuple[Any, int]:
    """CLIP's byte alphabet without merges: every byte is a token."""
    from transformers import CLIPTokenizer

    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    letters = [chr(b) for b in printable] + [chr(256 + n) for n in range(len(rest))]
    words = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    made = CLIPTokenizer.from_pretrained(
        str(folder), local_files_only=True, model_max_length=77, pad_token="<|endoftext|>"
    )
    return made, len(words)


def _controlnet(unet: Any) -> Any:
    """A fresh one has zeros where it joins the U-Net, and so no effect: they are made small."""
    import torch
    from diffusers import ControlNetModel

    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16))
    torch.manual_seed(1)
    for name, value in net.named_parameters():
        if "controlnet" in name and "weight" in name:
            torch.nn.init.normal_(value, std=0.2)
    return net


def _ip_adapter(folder: Path, unet: Any) -> None:
    """The file's layout is that of h94/IP-Adapter: a projection, and a key and value matrix for
    each cross-attention, counted by odd numbers in the order of the U-Net's processors."""
    import torch
    from safetensors.torch import save_file
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(2)
    vision = CLIPVisionConfig(
        hidden_size=_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=1,
        image_size=224,
        patch_size=32,
        projection_dim=_WIDTH,
    )
    CLIPVisionModelWithProjection(vision).save_pretrained(folder / "models" / "image_encoder")
    CLIPImageProcessor().save_pretrained(folder / "models" / "image_encoder")
    tokens = {
        "image_proj.proj.weight": torch.randn(4 * _WIDTH, _WIDTH),
        "image_proj.proj.bias": torch.randn(4 * _WIDTH),
        "image_proj.norm.weight": torch.ones(_WIDTH),
        "image_proj.norm.bias": torch.zeros(_WIDTH),
    }
    for number, name in enumerate(unet.attn_processors):
        if name.endswith("attn2.processor"):
            for part in ("k", "v"):
                key = f"ip_adapter.{number}.to_{part}_ip.weight"
                tokens[key] = torch.randn(_inner(unet, name), _WIDTH)
    save_file(tokens, folder / "models" / "ip-adapter_tiny.safetensors")


def _inner(unet: Any, processor: str) -> int:
    attention = unet.get_submodule(processor.removesuffix(".processor"))
    return int(attention.to_k.weight.shape[0])


def _lora(folder: Path, unet: Any) -> None:
    """Kohya's key names, as the published LCM LoRAs have them in diffusers' own layout."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(3)
    folder.mkdir()
    held = {}
    for name, module in unet.named_modules():
        if name.endswith(("to_q", "to_k", "to_v")):
            out, inner = module.weight.shape
            held[f"unet.{name}.lora_A.weight"] = torch.randn(2, inner)
            held[f"unet.{name}.lora_B.weight"] = torch.randn(out, 2)
    save_file(held, folder / "pytorch_lora_weights.safetensors")


def _light(folder: Path, unet: Any) -> None:
    """Offsets for every weight; the first layer has channels for what is shown to it."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(4)
    folder.mkdir()
    for name, channels in (("fc", 8), ("fbc", 12)):
        offsets = {k: torch.zeros_like(v) for k, v in unet.state_dict().items()}
        first = torch.zeros(unet.conv_in.weight.shape[0], channels, 3, 3)
        first[:, 4:] = 0.3 * torch.randn(first[:, 4:].shape)
        offsets["conv_in.weight"] = first
        save_file(offsets, folder / f"iclight_tiny_{name}.safetensors")
