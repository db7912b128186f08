using Microsoft.CodeAnalysis.MSBuild;
public static class Analyzer
{
    public static async Task<int> Count(string sln)
    {
        using var ws = MSBuildWorkspace.Create();
        var s = await ws.OpenSolutionAsync(sln);
        return s.Projects.Count();
    }
}
