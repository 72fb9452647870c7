#include "core/nn/device_stream.h"

#include <algorithm>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <mutex>
#include <vector>

namespace penumbra::nn {

namespace {
/// Streams that no DeviceStream holds.
struct FreeStreams {
    std::mutex mutex;
    std::vector<c10::Stream> streams;
};

FreeStreams& freeStreams() {
    static FreeStreams all;
    return all;
}
} // namespace

DeviceStream::DeviceStream(at::Device device) {
    if (device.is_cpu())
        return;
    const c10::impl::VirtualGuardImpl guard(device.type());
    const at::Device wanted = device.has_index() ? device : guard.getDevice();
    FreeStreams& free = freeStreams();
    const std::lock_guard lock(free.mutex);
    const auto found = std::find_if(free.streams.begin(), free.streams.end(),
                                    [&](const c10::Stream& stream) { return stream.device() == wanted; });
    if (found == free.streams.end()) {
        stream_ = guard.getStreamFromGlobalPool(wanted);
        return;
    }
    stream_ = *found;
    free.streams.erase(found);
}

DeviceStream::~DeviceStream() {
    if (!stream_)
        return;
    FreeStreams& free = freeStreams();
    const std::lock_guard lock(free.mutex);
    free.streams.push_back(*stream_);
}

DeviceStream::Use::Use(const DeviceStream& stream) : stream_(stream) {
    if (!stream.stream_)
        return;
    const c10::impl::VirtualGuardImpl guard(stream.stream_->device_type());
    guard.synchronizeDevice(stream.stream_->device_index());
    guard_.emplace(*stream.stream_);
}

DeviceStream::Use::~Use() {
    try {
        stream_.wait();
    } catch (...) { // on the way out; the next call on the device reports it
    }
}

void DeviceStream::wait() const {
    if (stream_)
        c10::impl::VirtualGuardImpl(stream_->device_type()).synchronizeStream(*stream_);
}

} // namespace penumbra::nn
