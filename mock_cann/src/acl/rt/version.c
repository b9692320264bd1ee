/* Versions, the recent error text, and what the emulated CANN can do. */
#include "acl/acl_rt.h"

#include <stdio.h>
#include <string.h>

#include "acl/check.h"

/* The release whose interface is emulated. */
#define CANN_VERSION "9.2.0"
enum { CANN_VERSION_NUMBER = 90200000, UNKNOWN_PACKAGE = 500000 };

const char *aclGetRecentErrMsg(void) { return mc_report_recent(); }

aclError aclrtGetVersion(int32_t *majorVersion, int32_t *minorVersion, int32_t *patchVersion) {
  REQUIRE(majorVersion);
  REQUIRE(minorVersion);
  REQUIRE(patchVersion);
  *majorVersion = ACL_MAJOR_VERSION;
  *minorVersion = ACL_MINOR_VERSION;
  *patchVersion = ACL_PATCH_VERSION;
  return MC_OK;
}

aclError aclsysGetCANNVersion(aclCANNPackageName name, aclCANNPackageVersion *version) {
  REQUIRE(version);
  REFUSE_UNLESS((unsigned)name <= ACL_PKG_NAME_DRIVER, name, "name", "one of ACL_PKG_NAME_*");
  *version = (aclCANNPackageVersion){
      .version = CANN_VERSION, .majorVersion = "9", .minorVersion = "2", .releaseVersion = "0", .patchVersion = ""};
  return MC_OK;
}

static bool known_package(const char *name) {
  static const char *const kNames[] = {"cann",     "runtime",  "compiler",      "hccl",   "toolkit",    "opp",
                                       "driver",   "opp_kernel", "ops_math",    "ops_nn", "ops_transformer",
                                       "ops_cv",   "ops_legacy", "ge",          "metadef"};
  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) {
    if (strcmp(kNames[i], name) == 0) {
      return true;
    }
  }
  return false;
}

aclError aclsysGetVersionStr(char *pkgName, char *versionStr) {
  REQUIRE(versionStr);
  REQUIRE(pkgName);
  if (!known_package(pkgName)) {
    return mc_refuse(UNKNOWN_PACKAGE, "EH0009", __func__, pkgName, "pkgName", "no such package is installed");
  }
  strcpy(versionStr, CANN_VERSION);
  return MC_OK;
}

aclError aclsysGetVersionNum(char *pkgName, int32_t *versionNum) {
  REQUIRE(versionNum);
  REQUIRE(pkgName);
  if (!known_package(pkgName)) {
    return mc_refuse(UNKNOWN_PACKAGE, "EH0009", __func__, pkgName, "pkgName", "no such package is installed");
  }
  *versionNum = CANN_VERSION_NUMBER;
  return MC_OK;
}

static const aclCannAttr kAttributes[] = {ACL_CANN_ATTR_INF_NAN, ACL_CANN_ATTR_BF16, ACL_CANN_ATTR_JIT_COMPILE};

aclError aclGetCannAttributeList(const aclCannAttr **cannAttrList, size_t *num) {
  REQUIRE(cannAttrList);
  REQUIRE(num);
  *cannAttrList = kAttributes;
  *num = sizeof kAttributes / sizeof *kAttributes;
  return MC_OK;
}

aclError aclGetCannAttribute(aclCannAttr cannAttr, int32_t *value) {
  REQUIRE(value);
  REFUSE_UNLESS((unsigned)cannAttr <= ACL_CANN_ATTR_JIT_COMPILE, cannAttr, "cannAttr", "one of ACL_CANN_ATTR_*");
  /* Nothing is compiled just in time here. */
  *value = cannAttr == ACL_CANN_ATTR_JIT_COMPILE ? 0 : 1;
  return MC_OK;
}

aclError aclrtCheckArchCompatibility(const char *socVersion, int32_t *canCompatible) {
  REQUIRE(socVersion);
  REQUIRE(canCompatible);
  const char *soc = mc_device_soc_name();
  *canCompatible = soc != NULL && strcmp(soc, socVersion) == 0 ? 1 : 0;
  return MC_OK;
}
