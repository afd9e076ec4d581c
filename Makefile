# The face of the project: each target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PRESET ?= release
DATA ?= build/data
PORT := 8080
EXAMPLE := examples/leccion.mp3

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup:
	@tools/bootstrap

build: setup ## build everything: build/release/chasqui, library, tests (PRESET=debug, asan-ubsan, tsan for the others)
	@tools/build $(PRESET)

program: setup
	@tools/build $(PRESET) chasqui

run: program ## start the service on http://127.0.0.1:8080/ and hand the example lesson in; PORT=8081, DATA=folder
	@tools/run-service build/$(PRESET)/chasqui "$(DATA)" $(PORT) $(EXAMPLE)

serve: program ## the same service without the example
	@build/$(PRESET)/chasqui serve --open --data "$(DATA)" --port $(PORT)

example: program ## compress the example lesson on the command line and look into the result
	@tools/run-example build/$(PRESET)/chasqui $(EXAMPLE)

compress: program ## make compress IN=lesson.mp3 [OUT=lesson.opus] [BITRATE=8]
	@test -n "$(IN)" || { echo 'say which recording: make compress IN=lesson.mp3'; exit 64; }
	@build/$(PRESET)/chasqui compress "$(IN)" $(if $(OUT),-o "$(OUT)") $(if $(BITRATE),--bitrate $(BITRATE))

test: setup ## everything that must hold: build, checks, unit, black-box, sanitizers, fuzzers
	@tools/test

bench: ## measure beside ffmpeg and opusenc: make bench CORPUS=folder-of-podcasts
	@tools/bootstrap bench
	@tools/build release
	@bench/run "$(CORPUS)"

model: program ## make model MATERIAL=folder-with-manifest.csv NAME=mine: augment, label, train
	@test -n "$(MATERIAL)" -a -n "$(NAME)" || { echo 'say from what and what to call it: make model MATERIAL=folder NAME=mine'; exit 64; }
	@tools/python tools/training-material "$(MATERIAL)" build/material
	@build/release/chasqui label build/material -o build/labels.csv
	@build/release/chasqui train build/labels.csv -o "models/$(NAME)"

format: setup ## format all C++
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

tidy: setup ## clang-tidy over src/, warnings as errors (slow)
	@cmake --preset asan-ubsan -DCHASQUI_PCH=OFF -B build/tidy >/dev/null
	@git ls-files 'src/*.cpp' | xargs -P "$$(nproc)" -n 1 clang-tidy-19 -p build/tidy --quiet

package: build ## make a .deb in build/release
	@cd build/release && cpack -G DEB

.PHONY: help setup build program run serve example compress test bench model format tidy package
