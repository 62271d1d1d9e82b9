"""The templates: one module per kind of answer, each from material to blocks of claims."""
