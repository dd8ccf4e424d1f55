// SPDX-License-Identifier: Apache-2.0
// Intentionally empty: gives the precompiled-header targets a source.
