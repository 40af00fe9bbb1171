"""The bundled embedders, MiniLM (int8, ONNX) and a static token table, and the WordPiece tokenizer of both."""
