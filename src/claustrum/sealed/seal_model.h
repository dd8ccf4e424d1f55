// SPDX-License-Identifier: Apache-2.0
// Makes a sealed model folder (docs/formats/sealed.md): per file its ciphertext and its leaves, and
// last of all the manifest. Every file appears whole or not at all, so a seal that was killed
// leaves a folder without manifest, which nobody takes for a model.
#pragma once

#include "claustrum/sealed/manifest.h"
#include "claustrum/sealed/parallel.h"

namespace claustrum::sealed {

// Names inside a sealed folder. File i's names come from its number, never from its path.
inline constexpr const char* kManifestName = "manifest.json";
std::string sealed_name(std::size_t index);
std::string leaves_name(std::size_t index);

struct SourceFile {
  std::string path;    // in the model
  std::string source;  // on this machine
};

struct SealedModel {
  Manifest manifest;
  Bytes manifest_bytes;
  ManifestDigest digest{};
};

// The regular files below `folder`, paths relative to it, sorted. Folders behind symbolic links and
// special files are malformed "sealed.source".
Result<std::vector<SourceFile>> list_source_files(const std::string& folder);

// Seals `files` into `out_folder` (made if missing; conflict "sealed.exists" if it holds a
// manifest). conflict "sealed.file_changed" if a source changes size meanwhile.
Result<SealedModel> seal_model(std::vector<SourceFile> files, const FileKey& key,
                               std::string_view model, std::string_view model_version,
                               const std::string& out_folder, const Options& options = {});

}  // namespace claustrum::sealed
