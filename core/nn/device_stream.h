#pragma once

// Internal: sees torch.
#include <ATen/core/Tensor.h>
#include <c10/core/StreamGuard.h>
#include <optional>

namespace penumbra::nn {

/// A queue of device work of its own, beside the device's default one; recording a graph demands that. On the
/// CPU, where work is done when a call returns, all this does nothing.
class DeviceStream {
public:
    explicit DeviceStream(at::Device device); ///< takes one that is free, for torch keeps memory for each
    ~DeviceStream();
    DeviceStream(const DeviceStream&) = delete;
    DeviceStream& operator=(const DeviceStream&) = delete;

    /// While it lives, this thread's device work goes to the stream. Work queued elsewhere before is waited
    /// for at the beginning, the stream's own at the end.
    class Use {
    public:
        explicit Use(const DeviceStream& stream);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        const DeviceStream& stream_;
        std::optional<c10::StreamGuard> guard_;
    };
    void wait() const; ///< until all work queued so far is done. @throws c10::Error of failed work

private:
    std::optional<c10::Stream> stream_;
};

} // namespace penumbra::nn
