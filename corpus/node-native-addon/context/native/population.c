/* count(n): how many bits of n are set */
#include <node_api.h>

static napi_value count(napi_env env, napi_callback_info info) {
    size_t given = 1;
    napi_value argument, result;
    uint32_t n = 0, bits = 0;

    napi_get_cb_info(env, info, &given, &argument, NULL, NULL);
    napi_get_value_uint32(env, argument, &n);
    for (; n; n &= n - 1)
        bits++;
    napi_create_uint32(env, bits, &result);
    return result;
}

NAPI_MODULE_INIT() {
    napi_value function;
    napi_create_function(env, "count", NAPI_AUTO_LENGTH, count, NULL, &function);
    napi_set_named_property(env, exports, "count", function);
    return exports;
}
