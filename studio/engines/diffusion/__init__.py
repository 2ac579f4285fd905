"""What the diffusion engines share: files that may be loaded, devices, pipelines, and one run."""
