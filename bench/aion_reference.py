"""Time the reference (polymathic-aion 0.0.2, random weights) at AION-B size: encoder, codecs, end to end.

usage: OMP_NUM_THREADS=1 python bench/aion_reference.py [threads] [batch] [repetitions]
The counterpart of bench_aion; codec sizes are those that `random-weights B` writes. One JSON object a line.
"""
import json, os, statistics, sys, time

threads, batch, repetitions = (int(sys.argv[i]) if len(sys.argv) > i else d for i, d in ((1, 1), (2, 4), (3, 3)))
os.environ["OMP_NUM_THREADS"] = str(threads)
import torch
from aion import AION
from aion.codecs.image import ImageCodec
from aion.codecs.spectrum import SpectrumCodec
from aion.modalities import DESISpectrum, LegacySurveyImage

torch.set_num_threads(threads)
torch.manual_seed(0)
fluxes = ["tok_flux_g", "tok_flux_r", "tok_flux_i", "tok_flux_z"]
model = AION(dict(domains_in=fluxes + ["tok_image", "tok_spectrum_desi"], domains_out=["tok_flux_g"], dim=768, encoder_depth=12,
                  decoder_depth=1, num_heads=12, mlp_ratio=4.0, qkv_bias=False, proj_bias=False, mlp_bias=False,
                  norm_bias=False, act_layer="SiLU", gated_mlp=True, qk_norm=True)).eval()
image_codec = ImageCodec(quantizer_levels=[7, 5, 5, 5, 5]).eval()
spectrum_codec = SpectrumCodec(encoder_dims=(96, 192, 384, 512), decoder_dims=(384, 192, 96, 2), embedding_dim=10).eval()

flux = torch.randn(batch, 4, 160, 160) * 0.05
bands = ["DES-G", "DES-R", "DES-I", "DES-Z"]
pixels = 7781
spectrum = DESISpectrum(flux=2 + torch.randn(batch, pixels), ivar=torch.ones(batch, pixels),
                        mask=torch.zeros(batch, pixels, dtype=torch.bool),
                        wavelength=(3600 + 0.8 * torch.arange(pixels)).repeat(batch, 1))


def image_tokens():
    return image_codec.encode(LegacySurveyImage(flux=flux.clone(), bands=bands))


def spectrum_tokens():
    return spectrum_codec.encode(spectrum)


def photometry():
    return {k: torch.randint(0, 1024, (batch, 1)) for k in fluxes}


def encode(tokens):
    return model.encode(tokens, num_encoder_tokens=sum(t.shape[1] for t in tokens.values())).mean(1)


def timed(part, work):
    with torch.inference_mode():
        work()
        seconds = []
        cpu = time.process_time()
        for _ in range(repetitions):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        cpu = (time.process_time() - cpu) / repetitions
    median = statistics.median(seconds)
    print(json.dumps(dict(part=part, best_s=round(min(seconds), 4), median_s=round(median, 4), cpu_s=round(cpu, 4),
                          galaxies_per_s=round(batch / median, 4))), flush=True)


with torch.inference_mode():
    both = {**photometry(), "tok_image": image_tokens().reshape(batch, -1), "tok_spectrum_desi": spectrum_tokens()}
print(json.dumps(dict(torch=torch.__version__, threads=torch.get_num_threads(), batch=batch)), flush=True)
timed("Ph encoder", lambda: encode(photometry()))
timed("image codec", image_tokens)
timed("spectrum codec", spectrum_tokens)
timed("Ph+Im+Sp encoder", lambda: encode(both))
timed("Ph+Im+Sp end to end", lambda: encode({**photometry(), "tok_image": image_tokens().reshape(batch, -1),
                                             "tok_spectrum_desi": spectrum_tokens()}))
