using System.Runtime.InteropServices;

static class Zbar
{
    [DllImport("zbar")]
    private static extern int zbar_version(out uint major, out uint minor);
    public static string Version() { zbar_version(out var a, out var b); return $"{a}.{b}"; }
}
