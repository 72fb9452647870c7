#include "core/nn/device_stream.h"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace penumbra::nn {

DeviceStream::DeviceStream(at::Device device) {
    if (device.is_cpu())
        return;
    const c10::impl::VirtualGuardImpl guard(device.type());
    stream_ = guard.getStreamFromGlobalPool(device.has_index() ? device : guard.getDevice());
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
