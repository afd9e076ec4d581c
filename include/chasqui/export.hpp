#pragma once

/// Marks what libchasqui.so shows to others; everything else in it is hidden.
#define CHASQUI_API __attribute__((visibility("default")))
