// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace etch::host {

/// The files of `BackupAndRestore`: `<dir>/epoch-<n>.safetensors`, the state after n epochs.
std::string backup_path(const char* dir, int epoch);

/// The newest backup's epochs, 0 where there is none. Makes the folder. Throws `etch::Error`.
int backup_epoch(const char* dir);

/// Removes the backups of all epochs but this one; 0 removes all.
void keep_backup(const char* dir, int epoch);

}  // namespace etch::host
