"""The words that everything else uses: ids, times, truth, refusals, diagnostics."""
