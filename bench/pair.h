// SPDX-License-Identifier: Apache-2.0
// Our work and its physical limit, timed in turns inside one benchmark, so that noise of the
// machine hits both alike and their ratio is worth something where single numbers move by a factor
// of two.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace claustrum::bench {

template <typename F>
double seconds_of(const F& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Runs the pair in turns; reports the medians in microseconds and `ratio` = ours / limit.
template <typename Ours, typename Limit>
void run_pair(benchmark::State& state, const Ours& ours, const Limit& limit) {
  std::vector<double> mine;
  std::vector<double> bare;
  for (auto _ : state) {
    mine.push_back(seconds_of(ours));
    bare.push_back(seconds_of(limit));
    state.SetIterationTime(mine.back());
  }
  state.counters["ours_us"] = median(mine) * 1e6;
  state.counters["limit_us"] = median(bare) * 1e6;
  state.counters["ratio"] = median(mine) / median(bare);
}

}  // namespace claustrum::bench
