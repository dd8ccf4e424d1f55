// SPDX-License-Identifier: Apache-2.0
// One subcommand: a name, a line of help, and how it adds itself to the command line. main.cpp
// lists them all; nothing registers itself.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::app {

// The verify contract, on which other programs rely [ARCHITECTURE 6].
inline constexpr int kAccepted = 0;
inline constexpr int kInternal = 1;
inline constexpr int kUsage = 2;
inline constexpr int kRefused = 10;
inline constexpr int kUnsupported = 20;
inline constexpr int kMalformed = 30;

// What a subcommand runs once its arguments are parsed; returns the process's exit code.
using Run = std::function<int()>;
// Adds a subcommand to `parent` and stores its Run in `chosen` when it is the one called.
using Add = void (*)(CLI::App& parent, Run& chosen);

void add_broker(CLI::App& parent, Run& chosen);
void add_connect(CLI::App& parent, Run& chosen);
void add_demo(CLI::App& parent, Run& chosen);
void add_ear(CLI::App& parent, Run& chosen);
void add_ledger(CLI::App& parent, Run& chosen);
void add_measure(CLI::App& parent, Run& chosen);
void add_policy(CLI::App& parent, Run& chosen);
void add_profile(CLI::App& parent, Run& chosen);
void add_seal(CLI::App& parent, Run& chosen);
void add_serve(CLI::App& parent, Run& chosen);
void add_sim(CLI::App& parent, Run& chosen);
void add_verify(CLI::App& parent, Run& chosen);

// Prints "claustrum: <message>" to standard error and gives the exit code that fits the error.
int report(const Error& error);
int exit_code(const Error& error);
// What was wrong with an option's value, as wrong usage.
Error bad_option(std::string_view option, const Error& error);
// An option's value in hex, of `length` bytes (0: of any length).
Result<Bytes> hex_option(std::string_view option, const std::string& text, std::size_t length);

}  // namespace claustrum::app
