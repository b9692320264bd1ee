/* The two general codes of GE and the table from code to text. The library holds the table; this header adds
 * nothing to it, so a program built with the other std::string never writes into it. */
#ifndef GE_GE_API_ERROR_CODES_H_
#define GE_GE_API_ERROR_CODES_H_

#include <cstdint>
#include <map>
#include <string>

#include "external/ge_common/ge_common_api_types.h"
#include "ge/ge_error_codes.h"
#include "graph/ascend_string.h"

namespace ge {
const Status SUCCESS = 0U;
const Status FAILED = 0xFFFFFFFFU;

class StatusFactory {
 public:
  static StatusFactory *Instance();

  /* The first text registered for a code stays. */
  void RegisterErrorNo(const uint32_t err, const std::string &desc) { (void)err_desc_.insert({err, desc}); }

  void RegisterErrorNo(const uint32_t err, const char_t *const desc) {
    if (desc != nullptr) {
      RegisterErrorNo(err, std::string(desc));
    }
  }

  std::string GetErrDesc(const uint32_t err) {
    const std::map<uint32_t, std::string>::const_iterator found = err_desc_.find(err);
    return (found == err_desc_.end()) ? std::string() : found->second;
  }

  AscendString GetErrDescV2(const uint32_t err) {
    const std::map<uint32_t, std::string>::const_iterator found = err_desc_.find(err);
    return AscendString((found == err_desc_.end()) ? "" : found->second.c_str());
  }

 protected:
  StatusFactory() = default;
  ~StatusFactory() = default;

 private:
  std::map<uint32_t, std::string> err_desc_;
};

class ErrorNoRegisterar {
 public:
  ErrorNoRegisterar(const uint32_t err, const std::string &desc) noexcept {
    StatusFactory::Instance()->RegisterErrorNo(err, desc);
  }
  ErrorNoRegisterar(const uint32_t err, const char_t *const desc) noexcept {
    StatusFactory::Instance()->RegisterErrorNo(err, desc);
  }
  ~ErrorNoRegisterar() = default;
};
}  // namespace ge

#endif  // GE_GE_API_ERROR_CODES_H_
