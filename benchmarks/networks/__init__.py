"""Networks of well-known shapes with random weights, as ONNX models: material for benchmarks and tests."""
